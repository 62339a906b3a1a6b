import { setTimeout as sleep } from 'node:timers/promises'
import type { Tushare } from '@stockdb/contract'
import { createDatabase } from '@stockdb/testing/database'
import { type PrivateServer, startPrivateServer } from '@stockdb/testing/private-server'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { FAILURE_MS, outcomeOf } from '../support/failure.ts'
import { fillDaily } from '../support/fill-daily.ts'
import { type Served, serve } from '../support/serve.ts'
import { sql } from '../support/sql.ts'

const ROWS = 300_000

describe('a database server that dies', () => {
  let database: PrivateServer
  let served: Served<Tushare>
  let url: string

  beforeAll(async () => {
    database = await startPrivateServer()
    url = (await createDatabase(database.url)).url
    served = await serve(url)
    await fillDaily(url, 300, 1_000)
  })
  afterAll(async () => {
    await served?.close()
    await database?.stop()
  })

  it('invariant 2: SIGKILL in mid-stream is a retryable error within 2 s', async () => {
    const stream = served.db.daily.stream()
    expect((await stream.next()).value?.numRows).toBe(16_384)
    await database.kill('SIGKILL')
    const rest = async () => {
      let rows = 16_384
      for await (const batch of stream) rows += batch.numRows
      return rows
    }
    const { error, ms } = await outcomeOf(rest())
    expect(error?.code).toBe('DATABASE_INTERRUPTED')
    expect(error?.retryable).toBe(true)
    expect(ms).toBeLessThan(FAILURE_MS)
  })

  it('is reported within 2 s, in a call, in health and at /healthz', async () => {
    const { error, ms } = await outcomeOf(served.db.daily.range({ symbols: ['000001.SZ'] }))
    expect(error?.code).toMatch(/^DATABASE_(UNAVAILABLE|INTERRUPTED)$/)
    expect(error?.message).not.toContain('127.0.0.1')
    expect(ms).toBeLessThan(FAILURE_MS)
    expect(await served.db.ops.health()).toMatchObject({ status: 'degraded', database: 'unavailable' })
    expect((await fetch(`${served.server.url}/healthz`)).status).toBe(503)
  })

  it('is used again once it is back, without intervention', async () => {
    await database.restart()
    const frame = await served.db.daily.range({ fields: ['vol'] })
    expect(frame.numRows).toBe(ROWS)
    expect(await served.db.ops.health()).toMatchObject({ status: 'ok', database: 'ok' })
  })

  it('does not make the trading calendar look empty', async () => {
    const days = "('SSE', '2000-01-03', 1), ('SSE', '2000-01-04', 1)"
    await sql(url, `insert into trade_cal (exchange, cal_date, is_open) values ${days}`)
    // A server that has checked its tables, but has not read a calendar yet.
    const other = await serve(url)
    onTestFinished(() => other.close())
    for (const table of ['daily', 'trade_cal'] as const)
      await other.db.query
        .selectFrom(table)
        .select(({ fn }) => fn.countAll().as('n'))
        .execute()
    const range = { start: '2000-01-03', end: '2000-01-04' }
    const panel = () => other.db.daily.panel({ ...range, symbols: ['000001.SZ'], fields: ['vol'] })
    await database.kill('SIGKILL')
    expect((await outcomeOf(panel())).error?.code).toMatch(/^DATABASE_(UNAVAILABLE|INTERRUPTED)$/)
    await database.restart()
    expect((await panel()).dates).toEqual(['2000-01-03', '2000-01-04'])
  })

  it('invariant 2: SIGKILL during many concurrent calls fails all of them, and none hangs', async () => {
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

  it('a write whose database dies fails and leaves nothing', async () => {
    const { engine } = served.server
    const { adj_factor: dataset } = (await import('@stockdb/contract')).tushare
    const transaction = await engine.begin(new AbortController().signal)
    await transaction.upsert(dataset, ['ts_code', 'trade_date', 'adj_factor'], [['1.SZ', '2024-01-02', 1]])
    await database.kill('SIGKILL')
    const { error, ms } = await outcomeOf(transaction.commit())
    await transaction.rollback()
    expect(error?.code).toBe('WRITE_OUTCOME_UNKNOWN')
    expect(ms).toBeLessThan(FAILURE_MS)
    await database.restart()
    expect((await served.db.adj_factor.range()).numRows).toBe(0)
  })
})
