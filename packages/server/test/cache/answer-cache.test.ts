import { setTimeout as sleep } from 'node:timers/promises'
import { type Tushare, tushare } from '@stockdb/contract'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { OFF } from '../../src/bounds/settings.ts'
import { createMissingTables } from '../../src/engine/migration.ts'
import { askJson } from '../support/ask-json.ts'
import { type Served, serve } from '../support/serve.ts'
import { sql } from '../support/sql.ts'
import { allMakers, type Store } from '../support/stores.ts'

const QUESTION = {
  symbols: ['600519.SH'],
  start: '2024-01-02',
  end: '2024-01-31',
  fields: ['close'],
  unknownSymbols: 'ignore',
}

/** The bound of the tests: long enough that nothing expires meanwhile. */
const LONG_MS = 60_000

describe.each(allMakers)('the answers that a server on $engine keeps', ({ open }) => {
  let store: Store
  let cached: Served<Tushare>
  let exact: Served<Tushare>
  let off: Served<Tushare>

  beforeAll(async () => {
    store = await open()
    cached = await serve(store.address, { bounds: { cacheMaxAgeMs: LONG_MS } })
    exact = await serve(store.address, { bounds: { cacheMaxAgeMs: 0 } })
    off = await serve(store.address, { bounds: { cacheMaxAgeMs: OFF } })
  })
  afterAll(async () => {
    await Promise.all([cached, exact, off].map((one) => one?.close()))
    await store?.drop()
  })
  beforeEach(async () => {
    await cached.db.daily.delete({ all: true })
    await cached.db.daily.upsert([{ ts_code: '600519.SH', trade_date: '2024-01-02', close: 1 }])
  })

  const closes = async (served: Served<Tushare>, question: object = QUESTION): Promise<unknown[]> =>
    (await askJson(served.server.url, 'daily.range', question)).items.map((row) => row[2])
  const cacheOf = async (served: Served<Tushare>, question: object = QUESTION) =>
    (await askJson(served.server.url, 'daily.range', question)).meta.cache
  const writeOutside = (close: number): Promise<unknown> =>
    sql(store.address, `update daily set close = ${close} where ts_code = '600519.SH'`)

  it('are given again, and say as of when they are', async () => {
    const before = new Date().toISOString()
    expect(await cacheOf(cached)).toBeUndefined()
    const told = await cacheOf(cached)
    expect(told?.from).toBe('server')
    expect(Date.parse(told?.asOf ?? '')).toBeGreaterThanOrEqual(Date.parse(before) - 1)
    expect(Date.parse(told?.asOf ?? '')).toBeLessThanOrEqual(Date.now())
    const frame = await cached.db.daily.range({ ...QUESTION, fields: ['close'], unknownSymbols: 'ignore' })
    expect(frame.columns.close).toEqual(new Float64Array([1]))
    expect(frame.meta.cache?.from).toBe('server')
  })

  it('are left out by fresh: true, and by a server whose cache is off', async () => {
    await closes(cached)
    expect(await cacheOf(cached, { ...QUESTION, fresh: true })).toBeUndefined()
    expect(
      (await askJson(cached.server.url, 'daily.range', { ...QUESTION, fresh: true })).meta.arguments,
    ).not.toHaveProperty('fresh')
    await expect(askJson(cached.server.url, 'daily.range', { ...QUESTION, fresh: 1 })).rejects.toThrow(
      'fresh: got 1; expected true or false',
    )
    await closes(off)
    expect(await cacheOf(off)).toBeUndefined()
  })

  it('are forgotten at once when this server writes', async () => {
    expect(await closes(cached)).toEqual([1])
    await cached.db.daily.upsert([{ ts_code: '600519.SH', trade_date: '2024-01-02', close: 2 }])
    expect(await closes(cached)).toEqual([2])
    await cached.db.daily.delete({ all: true })
    expect(await closes(cached)).toEqual([])
  })

  it('show what others commit at once if the bound is 0', async () => {
    for (let close = 10; close < 30; close++) {
      await writeOutside(close)
      expect(await closes(exact)).toEqual([close])
      expect(await closes(exact)).toEqual([close])
    }
  })

  it('differ by their arguments, and by what their caller may read', async () => {
    expect(await closes(cached)).toEqual([1])
    expect(await closes(cached, { ...QUESTION, fields: ['open'] })).toEqual([null])
    expect(await closes(cached, { ...QUESTION, end: '2024-01-01', start: '2024-01-01' })).toEqual([])
    const at = await askJson(cached.server.url, 'daily.at', { date: '2024-01-02', fields: ['close'] })
    const latest = await askJson(cached.server.url, 'daily.latest', { end: '2024-01-02', fields: ['close'] })
    expect([at.items, latest.items].map(([row]) => row?.[2])).toEqual([1, 1])
  })

  it('are read once for a hundred callers, who get them even if the first one leaves', async () => {
    const reads = async (): Promise<number> => (await cached.db.ops.stats()).cache.reads
    const before = await reads()
    const first = new AbortController()
    const left = cached.db.daily.range(QUESTION as never, { signal: first.signal })
    const others = Array.from({ length: 100 }, () => closes(cached))
    first.abort(new Error('gone'))
    await expect(left).rejects.toThrow('the signal of the call fired')
    for (const answer of await Promise.all(others)) expect(answer).toEqual([1])
    expect((await reads()) - before).toBeLessThanOrEqual(2)
  })

  it('give the same bytes whatever else was asked meanwhile', async () => {
    await cached.db.adj_factor.upsert([{ ts_code: '600519.SH', trade_date: '2024-01-02', adj_factor: 7.9515 }])
    const bytes = async (adjust: string): Promise<string> => {
      const input = encodeURIComponent(JSON.stringify({ ...QUESTION, adjust }))
      const headers = { accept: 'application/vnd.apache.arrow.stream' }
      const answer = await fetch(`${cached.server.url}/trpc/daily.range?input=${input}`, { headers })
      return Buffer.from(await answer.arrayBuffer()).toString('hex')
    }
    const kinds = ['none', 'hfq', 'qfq']
    const first = await Promise.all(kinds.map(bytes))
    for (const kind of [...kinds, ...kinds.toReversed()]) expect(await bytes(kind)).toBe(first[kinds.indexOf(kind)])
    expect(new Set(first).size).toBe(3)
  })

  it('are not given for another table of the same name', async () => {
    expect(await closes(exact)).toEqual([1])
    await sql(store.address, 'drop table daily')
    await expect(closes(exact)).rejects.toThrow('daily')
    await createMissingTables(cached.server.engine, tushare, new AbortController().signal)
    await sleep(1_100)
    expect(await closes(exact)).toEqual([])
  })
})
