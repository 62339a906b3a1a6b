import { setTimeout as sleep } from 'node:timers/promises'
import type { Tushare } from '@stockdb/contract'
import { createDatabase } from '@stockdb/testing/database'
import { type PrivateServer, startPrivateServer } from '@stockdb/testing/private-server'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { FAILURE_MS, outcomeOf } from '../support/failure.ts'
import { fillDaily } from '../support/fill-daily.ts'
import { type Served, serve } from '../support/serve.ts'

const ROWS = 300_000

describe('a database server that dies', () => {
  let database: PrivateServer
  let served: Served<Tushare>

  beforeAll(async () => {
    database = await startPrivateServer()
    const { url } = await createDatabase(database.url)
    served = await serve(url)
    await fillDaily(url, 300, 1_000)
  })
  afterAll(async () => {
    await served?.close()
    await database?.stop()
  })

  it('invariant 2: SIGKILL in mid-stream is a retryable error within 2 s', async () => {
    const stream = served.db.daily.stream()
    expect((await stream.next()).value?.numRows).toBe(65_536)
    await database.kill('SIGKILL')
    const rest = async () => {
      let rows = 65_536
      for await (const batch of stream) rows += batch.numRows
      return rows
    }
    const { error, ms } = await outcomeOf(rest())
    expect(error?.code).toBe('DATABASE_INTERRUPTED')
    expect(error?.retryable).toBe(true)
    expect(ms).toBeLessThan(FAILURE_MS)
  })

  it('says within 2 s that it is not there, in a call, in health and at /healthz', async () => {
    const { error, ms } = await outcomeOf(served.db.daily.range({ symbols: ['000001.SZ'] }))
    expect(error?.code).toMatch(/^DATABASE_(UNAVAILABLE|INTERRUPTED)$/)
    expect(error?.message).not.toContain('127.0.0.1')
    expect(ms).toBeLessThan(FAILURE_MS)
    expect(await served.db.ops.health()).toMatchObject({ status: 'degraded', database: 'unavailable' })
    expect((await fetch(`${served.server.url}/healthz`)).status).toBe(503)
  })

  it('is used again once it is back, without anything being done at the server', async () => {
    await database.restart()
    const frame = await served.db.daily.range({ fields: ['vol'] })
    expect(frame.numRows).toBe(ROWS)
    expect(await served.db.ops.health()).toMatchObject({ status: 'ok', database: 'ok' })
  })

  it('invariant 2: SIGKILL under many calls at once fails each of them, and none hangs', async () => {
    const calls = Array.from({ length: 15 }, () => outcomeOf(served.db.daily.range()))
    await sleep(60)
    const killedAt = performance.now()
    await database.kill('SIGKILL')
    for (const { result, error } of await Promise.all(calls)) {
      if (result) expect(result.numRows).toBe(ROWS)
      else expect(error?.code).toMatch(/^DATABASE_(UNAVAILABLE|INTERRUPTED)$/)
    }
    expect(performance.now() - killedAt).toBeLessThan(FAILURE_MS)
    await database.restart()
    expect((await served.db.daily.range({ symbols: ['000001.SZ'] })).numRows).toBe(1_000)
  })

  it('a write whose database dies fails, and left nothing', async () => {
    const { engine } = served.server
    const { adj_factor: dataset } = (await import('@stockdb/contract')).tushare
    const transaction = await engine.begin(new AbortController().signal)
    await transaction.upsert(dataset, ['ts_code', 'trade_date', 'adj_factor'], [['1.SZ', '2024-01-02', 1]])
    await database.kill('SIGKILL')
    const { error, ms } = await outcomeOf(transaction.commit())
    await transaction.rollback()
    expect(error?.code).toBe('DATABASE_INTERRUPTED')
    expect(ms).toBeLessThan(FAILURE_MS)
    await database.restart()
    expect((await served.db.adj_factor.range()).numRows).toBe(0)
  })
})
