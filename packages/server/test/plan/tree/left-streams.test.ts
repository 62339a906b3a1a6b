import type { Tushare } from '@stockdb/contract'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fillDaily } from '../../support/fill-daily.ts'
import { expectIdleInTime, msUntilIdle } from '../../support/idle-database.ts'
import { type Watcher, watchAccount } from '../../support/process-list.ts'
import { type Served, serve } from '../../support/serve.ts'
import { oneServer, type Store } from '../../support/stores.ts'

const SYMBOLS = 300
const DAYS = 1_000
const TIMES = 10

describe.each(oneServer)('a stream of a custom query on $engine', ({ open }) => {
  let store: Store
  let account: Watcher
  let served: Served<Tushare>

  beforeAll(async () => {
    store = await open()
    account = await watchAccount(store.address)
    served = await serve(account.address)
    await fillDaily(store.address, SYMBOLS, DAYS)
  })
  afterAll(async () => {
    await served?.close()
    await account?.close()
    await store?.drop()
  })

  const query = () => served.db.query.selectFrom('daily').select(['ts_code', 'trade_date', 'close', 'vol'])
  /** More rows than fit into all buffers between the database and a stalled reader. */
  const endless = () =>
    served.db.query
      .selectFrom('daily as a')
      .innerJoin('daily as b', 'a.ts_code', 'b.ts_code')
      .select(['a.ts_code', 'a.close', 'b.close as other'])

  it('has every row once', async () => {
    const seen = new Set<string>()
    for await (const { ts_code, trade_date } of query().stream(1_000)) seen.add(`${ts_code} ${trade_date}`)
    expect(seen.size).toBe(SYMBOLS * DAYS)
  })

  it(`invariant 3: ends in the database within 250 ms when the loop is left, ${TIMES} times`, {
    timeout: 90_000,
  }, async () => {
    await expectIdleInTime(async () => {
      const times: number[] = []
      for (let round = 0; round < TIMES; round++) {
        // At the first row, or in the middle of the second batch.
        let rows = round % 2 ? 70_000 : 1
        for await (const _ of endless().stream(1 + 100 * (round % 3))) {
          if (--rows > 0) continue
          expect(await account.running()).toHaveLength(1)
          break
        }
        expect(rows).toBe(0)
        times.push(await msUntilIdle(account))
      }
      console.log(`left queries are gone after ${times.map(Math.round).join(', ')} ms`)
      return times
    })
    expect(served.server.admission.calls).toBe(0)
    expect(await query().where('ts_code', '=', '000007.SZ').execute()).toHaveLength(DAYS)
  })

  it('invariant 3: ends when the loop throws, and the caller catches the error', async () => {
    const fault = new Error('a fault of the strategy')
    const read = async (): Promise<void> => {
      for await (const _ of endless().stream()) throw fault
    }
    await expect(read()).rejects.toBe(fault)
    await msUntilIdle(account)
  })

  it('invariants 2 and 3: throws and ends when its signal fires, and never completes silently', async () => {
    for (const before of [1, 99, 100, 16_384, 70_000]) {
      const abort = new AbortController()
      const reason = new Error('the caller has heard enough')
      let rows = 0
      const read = async (): Promise<void> => {
        for await (const _ of endless().stream({ chunkSize: 100, signal: abort.signal })) {
          if (++rows === before) abort.abort(reason)
        }
      }
      await expect(read(), `after ${before} rows`).rejects.toBe(reason)
      await msUntilIdle(account)
    }
  })
})
