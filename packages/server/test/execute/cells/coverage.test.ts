import type { Tushare } from '@stockdb/contract'
import { tushare } from '@stockdb/contract'
import type { FrameCoverage, JsonFrame } from '@stockdb/contract/wire'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { type Served, serve } from '../../support/serve.ts'
import { oneOfEachEngine, type Store } from '../../support/stores.ts'
import { writeRows } from '../../support/write-rows.ts'

/** The days with a bar, by symbol. */
const bars: Record<string, string[]> = {
  A: ['2024-01-02', '2024-01-03', '2024-01-04', '2024-01-05', '2024-01-08'],
  B: ['2024-01-02', '2024-01-05'],
  C: ['2024-01-04'],
}
const rows = Object.entries(bars).flatMap(([code, days]) => days.map((day) => [code, day]))
/** Open on weekdays from the 2nd to the 14th. */
const closed = new Set([1, 6, 7, 13, 14])
const calendar = Array.from({ length: 14 }, (_, at) => at + 1).map((day) => [
  'SSE',
  `2024-01-${String(day).padStart(2, '0')}`,
  Number(!closed.has(day)),
])

describe.each(oneOfEachEngine)('the coverage of an answer on $engine', ({ open }) => {
  let store: Store
  let served: Served<Tushare>
  beforeAll(async () => {
    store = await open()
    served = await serve(store.address)
    const { engine } = served.server
    await writeRows(engine, tushare.daily, rows, ['ts_code', 'trade_date'])
    await writeRows(engine, tushare.trade_cal, calendar, ['exchange', 'cal_date', 'is_open'])
    const minutes = ['2024-01-02 09:31:00', '2024-01-02 15:00:00', '2024-01-03 09:31:00'].map((at) => ['A', '1min', at])
    await writeRows(engine, tushare.stk_mins, minutes, ['ts_code', 'freq', 'trade_time'])
    await writeRows(engine, tushare.index_weight, [['A', 'B', '2024-01-03']], ['index_code', 'con_code', 'trade_date'])
  })
  afterAll(async () => {
    await served?.close()
    await store?.drop()
  })

  const all = { symbolsAsked: null, symbolsMissing: [], symbolsMissingCount: 0 }

  it('counts symbols requested, found and missing, and sessions expected and found', async () => {
    const symbols = ['A', 'X', 'B', 'A', 'Y']
    const { meta } = await served.db.daily.range({
      ...{ symbols, unknownSymbols: 'ignore', start: '2024-01-01', end: '2024-01-10' },
    })
    expect(meta.coverage).toMatchObject({
      symbolsAsked: 4,
      symbolsFound: 2,
      symbolsMissing: ['X', 'Y'],
      symbolsMissingCount: 2,
      sessionsExpected: 7,
      sessionsFound: 5,
    })
    expect(meta.complete).toBe(true)
  })

  it('names the first hundred missing symbols, and counts them all', async () => {
    const symbols = Array.from({ length: 150 }, (_, at) => `X${at}`)
    const { coverage } = (
      await served.db.daily.range({ symbols, unknownSymbols: 'ignore', start: '2024-01-02', end: '2024-01-02' })
    ).meta
    expect(coverage).toMatchObject({
      symbolsAsked: 150,
      symbolsFound: 0,
      symbolsMissingCount: 150,
      sessionsExpected: 1,
    })
    expect(coverage?.symbolsMissing).toEqual(symbols.slice(0, 100))
  })

  it('takes an open end of the range from the rows', async () => {
    const found = { ...all, symbolsFound: 3, sessionsFound: 5, sessionsExpected: 5 }
    expect((await served.db.daily.range()).meta.coverage).toMatchObject(found)
    expect((await served.db.daily.range({ end: '2024-01-09' })).meta.coverage).toMatchObject({
      ...found,
      sessionsExpected: 6,
    })
    const nothing = await served.db.daily.range({ symbols: [] })
    expect(nothing.meta.coverage).toMatchObject({
      ...all,
      symbolsAsked: 0,
      symbolsFound: 0,
      sessionsFound: 0,
      sessionsExpected: null,
    })
  })

  it('refers to the rows within the limit', async () => {
    const { meta } = await served.db.daily.range({ symbols: ['A', 'B'], limit: 5, end: '2024-01-08' })
    expect(meta).toMatchObject({
      complete: false,
      coverage: { symbolsFound: 1, symbolsMissing: ['B'], sessionsFound: 5 },
    })
    const six = await served.db.daily.range({ symbols: ['A', 'B'], limit: 6 })
    expect(six.meta).toMatchObject({
      complete: false,
      coverage: { symbolsFound: 2, symbolsMissing: [], sessionsFound: 5 },
    })
  })

  it('refers to the rows of the bars within the limit', async () => {
    const ask = (limit?: number) =>
      served.db.daily.range({
        symbols: ['A', 'B', 'X'],
        unknownSymbols: 'ignore',
        freq: 'week',
        limit,
        end: '2024-01-08',
      })
    // A trades in two weeks.
    expect((await ask(1)).meta).toMatchObject({
      complete: false,
      coverage: { symbolsFound: 1, symbolsMissing: ['B', 'X'], sessionsFound: 4 },
    })
    expect((await ask(2)).meta.coverage).toMatchObject({ symbolsFound: 1, symbolsMissingCount: 2, sessionsFound: 5 })
    expect((await ask(3)).meta).toMatchObject({
      complete: true,
      coverage: { symbolsFound: 2, symbolsMissing: ['X'], sessionsFound: 5 },
    })
    expect((await ask()).meta.coverage).toMatchObject({ symbolsFound: 2, sessionsFound: 5 })
    const minutes = await served.db.stk_mins.range({ freq: '5min', limit: 2 })
    expect(minutes.meta).toMatchObject({ complete: false, coverage: { symbolsFound: 1, sessionsFound: 1 } })
  })

  it.each<[string, () => Promise<{ meta: { coverage?: FrameCoverage } }>, Partial<FrameCoverage>]>([
    [
      'at',
      () => served.db.daily.at({ date: '2024-01-04' }),
      { symbolsFound: 2, sessionsExpected: 1, sessionsFound: 1 },
    ],
    ['at on a closed day', () => served.db.daily.at({ date: '2024-01-06' }), { sessionsExpected: 0, sessionsFound: 0 }],
    [
      'at with look-back',
      () => served.db.daily.at({ date: '2024-01-04', lookback: true }),
      { symbolsFound: 3, sessionsExpected: 3, sessionsFound: 2 },
    ],
    [
      'latest',
      () => served.db.daily.latest({ symbols: ['A', 'B'], n: 2 }),
      { symbolsFound: 2, sessionsExpected: 5, sessionsFound: 3 },
    ],
    [
      'range by datetimes',
      () => served.db.stk_mins.range({ freq: '1min', start: '2024-01-02', end: '2024-01-04' }),
      { symbolsFound: 1, sessionsExpected: 3, sessionsFound: 2 },
    ],
    [
      'beyond the calendar',
      () => served.db.daily.range({ start: '2023-12-01', end: '2024-01-05' }),
      { sessionsExpected: null, sessionsFound: 4 },
    ],
    [
      'rows that follow no calendar',
      () => served.db.index_weight.range({ start: '2024-01-02', end: '2024-01-05' }),
      { sessionsExpected: null, sessionsFound: 1 },
    ],
  ])('is reported for %s', async (_, ask, expected) => {
    expect((await ask()).meta.coverage).toMatchObject(expected)
  })

  it('is in JSON, and in the last batch of a stream', async () => {
    const input = encodeURIComponent(JSON.stringify({ symbols: ['B', 'X'], unknownSymbols: 'ignore' }))
    const response = await fetch(`${served.server.url}/trpc/daily.range?input=${input}`)
    const { result } = (await response.json()) as { result: { data: JsonFrame } }
    expect(result.data.meta.coverage).toMatchObject({ symbolsFound: 1, symbolsMissing: ['X'], sessionsFound: 2 })
    for await (const batch of served.db.daily.stream({ symbols: ['B', 'X'], unknownSymbols: 'ignore' })) {
      expect(batch.meta.coverage).toEqual(result.data.meta.coverage)
    }
  })

  it('never makes a call fail: without a calendar the number of sessions is missing', async () => {
    const { daily } = tushare
    const own = await open()
    onTestFinished(() => own.drop())
    const bare = await serve(own.address, { catalogue: { daily, adj_factor: tushare.adj_factor } })
    onTestFinished(() => bare.close())
    await writeRows(bare.server.engine, daily, rows, ['ts_code', 'trade_date'])
    const expected = { symbolsFound: 3, sessionsFound: 5, sessionsExpected: null }
    expect((await bare.db.daily.range()).meta.coverage).toMatchObject(expected)
    const lacking = await serve(own.address)
    onTestFinished(() => lacking.close())
    expect((await lacking.db.daily.range()).meta.coverage).toMatchObject(expected)
    await lacking.server.engine.define(['drop table trade_cal'], AbortSignal.timeout(10_000))
    expect((await lacking.db.daily.range()).meta.coverage).toMatchObject(expected)
  })
})
