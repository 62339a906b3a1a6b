import { setTimeout as sleep } from 'node:timers/promises'
import type { Tushare } from '@stockdb/contract'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { type Served, serve } from '../support/serve.ts'
import { sql } from '../support/sql.ts'
import { everyEngine, type Store } from '../support/stores.ts'

const [DAY, ANCHOR] = ['2024-01-02', '2024-01-03']
const bar = { ts_code: 'A', trade_date: DAY, close: 1 }
const ROUNDS = 25

describe.each(everyEngine)('meta.sequence on $engine', ({ open }) => {
  let store: Store
  let served: Served<Tushare>
  beforeAll(async () => {
    store = await open()
    served = await serve(store.address)
  })
  afterAll(async () => {
    await served?.close()
    await store?.drop()
  })

  it('invariant 11: is the number of the last write that an answer of several reads contains', async () => {
    const { db } = served
    const write = (adj_factor: number) => db.adj_factor.upsert([{ ts_code: 'A', trade_date: DAY, adj_factor }])
    // The factor at the anchor, which is 1, is a second read.
    const adjusted = () => db.daily.range({ end: DAY, fields: ['close'], adjust: 'qfq', anchor: ANCHOR })
    await db.adj_factor.upsert([{ ts_code: 'A', trade_date: ANCHOR, adj_factor: 1 }])
    const { sequence: first } = await db.daily.upsert([bar])
    let last = (await write(first + 1)).sequence
    expect(last).toBe(first + 1)
    let writing = true
    // Each write stores its own number, so that an answer shows which writes it contains.
    const writer = (async () => {
      while (writing) {
        expect((await write(last + 1)).sequence).toBe(last + 1)
        last++
        await sleep(1)
      }
    })()
    const seen: (readonly [sequence: number | undefined, stored: number | undefined])[] = []
    for (let round = 0; round < ROUNDS; round++) {
      const { columns, meta } = await adjusted()
      seen.push([meta.sequence, columns.close[0]])
    }
    writing = false
    await writer
    for (const [sequence, stored] of seen) expect(sequence).toBe(stored)
    expect((await adjusted()).meta.sequence).toBe(last)
    // One read needs no number: nothing can come between.
    expect((await db.adj_factor.range()).meta.sequence).toBeUndefined()
  })

  it('is absent where the database numbers no writes', async () => {
    const other = await open()
    onTestFinished(() => other.drop())
    const without = await serve(other.address)
    onTestFinished(() => without.close())
    await without.db.daily.upsert([bar])
    await without.db.adj_factor.upsert([{ ts_code: 'A', trade_date: DAY, adj_factor: 3 }])
    await sql(other.address, 'drop table stockdb_sequence', 'select 1')
    for (let round = 0; round < 2; round++) {
      const { columns, meta } = await without.db.daily.range({ fields: ['close'], adjust: 'qfq' })
      expect([[...columns.close], meta.sequence]).toEqual([[1], undefined])
    }
  })
})
