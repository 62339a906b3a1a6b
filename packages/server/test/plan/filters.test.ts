import { defineCatalogue, defineDataset, tushare } from '@stockdb/client'
import { date, float64, int64, symbol, text } from '@stockdb/contract'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Served, serve } from '../support/serve.ts'
import { enginesOfRun, type Store } from '../support/stores.ts'
import { writeRows } from '../support/write-rows.ts'

const bars = {
  table: 'vn_bars',
  description: 'Bars of several lengths and exchanges in one table, as stored by vnpy',
  fields: {
    symbol: symbol.required('Code'),
    day: date.required('Day'),
    exchange: text.required('Exchange', { length: 16 }),
    interval: text.required('Length of the bar', { length: 16 }),
    close: float64('Close'),
    lots: int64('Volume'),
  },
  key: ['symbol', 'day', 'exchange', 'interval'],
  symbol: 'symbol',
  date: 'day',
  calendar: 'SSE',
  bars: { first: [], max: [], min: [], last: ['close'], sum: ['lots'] },
} as const

const catalogue = defineCatalogue({
  trade_cal: tushare.trade_cal,
  every: defineDataset({ ...bars, name: 'every' }),
  weekly_bars: defineDataset({ ...bars, name: 'weekly_bars', only: { interval: 'w' } }),
  days: defineDataset({ ...bars, name: 'days', only: { interval: 'd', exchange: 'SSE' } }),
})

const week = ['2024-01-02', '2024-01-03', '2024-01-04', '2024-01-05', '2024-01-08', '2024-01-09']

describe.each(enginesOfRun)('filters on stored values in $engine', ({ open }) => {
  let store: Store
  let served: Served<typeof catalogue>
  beforeAll(async () => {
    store = await open()
    served = await serve(store.address, { catalogue })
    const { engine } = served.server
    await writeRows(
      engine,
      tushare.trade_cal,
      week.map((day) => ['SSE', day, true]),
      ['exchange', 'cal_date', 'is_open'],
    )
    await writeRows(
      engine,
      catalogue.every,
      [
        // Closes are the day of the month, plus 100 on another exchange, plus 1,000 for weeks.
        ...week.slice(0, 5).map((day) => ['A', day, 'SSE', 'd', Number(day.slice(8)), 1n]),
        ...week.slice(0, 3).map((day) => ['A', day, 'SZSE', 'd', 100 + Number(day.slice(8)), 2n ** 53n + 1n]),
        ['A', '2024-01-05', 'SSE', 'w', 1005, null],
        ['A', '2024-01-09', 'SSE', 'W', 2009, null],
        ['B', '2024-01-03', 'SZSE', 'd', 103, 1n],
      ],
      Object.keys(bars.fields),
    )
  })
  afterAll(async () => {
    await served?.close()
    await store?.drop()
  })

  const closes = ({ columns }: { readonly columns: { readonly close: Float64Array } }): number[] => [...columns.close]
  const daily = { exchange: 'SSE', interval: 'd' }

  it('apply to range and its stream', async () => {
    const { every } = served.db
    expect(closes(await every.range({ where: daily }))).toEqual([2, 3, 4, 5, 8])
    expect(closes(await every.range({ start: '2024-01-04', limit: 2, where: daily }))).toEqual([4, 5])
    expect(closes(await every.range({ where: { exchange: ['SZSE', 'SSE'], close: [3, 103] } }))).toEqual([3, 103, 103])
    expect(closes(await every.range({ where: { lots: null } }))).toEqual([1005, 2009])
    const streamed: number[] = []
    for await (const batch of every.stream({ where: daily })) streamed.push(...batch.columns.close)
    expect(streamed).toEqual([2, 3, 4, 5, 8])
  })

  it('compare texts byte by byte', async () => {
    const { every } = served.db
    expect(closes(await every.range({ where: { interval: 'w' } }))).toEqual([1005])
    expect(closes(await every.range({ where: { interval: 'W' } }))).toEqual([2009])
    expect(closes(await every.range({ where: { interval: 'w ' } }))).toEqual([])
  })

  it('apply before selecting the rows of a date, the last rows and look-backs', async () => {
    const { every } = served.db
    expect(closes(await every.at({ date: '2024-01-03', where: daily }))).toEqual([3])
    expect(closes(await every.at({ date: '2024-01-09', lookback: true, where: { exchange: 'SZSE' } }))).toEqual([
      104, 103,
    ])
    expect(closes(await every.latest({ where: { exchange: 'SZSE' } }))).toEqual([104, 103])
    expect(closes(await every.latest({ n: 2, where: daily, symbols: ['A'] }))).toEqual([5, 8])
    expect(closes(await every.latest({ n: 2, end: '2024-01-04', where: daily }))).toEqual([3, 4])
  })

  it('apply before bars are combined and dated', async () => {
    const { every, days } = served.db
    for (const frame of [await every.range({ freq: 'week', where: daily }), await days.range({ freq: 'week' })]) {
      expect(frame.columns.day).toEqual(['2024-01-05', '2024-01-08'])
      expect([closes(frame), frame.columns.lots]).toEqual([
        [5, 8],
        [4n, 1n],
      ])
    }
  })

  it('affect coverage, and are echoed in meta', async () => {
    const frame = await served.db.every.range({ symbols: ['A', 'B'], where: { ...daily, lots: 1n } })
    expect(frame.meta.coverage).toMatchObject({ symbolsFound: 1, symbolsMissing: ['B'], sessionsFound: 5 })
    expect(frame.meta.arguments).toMatchObject({ where: { ...daily, lots: '1' } })
  })

  it('refuse unknown fields and values of other types', async () => {
    const refused = expect.objectContaining({ code: 'INVALID_INPUT' })
    await expect(served.db.every.latest({ where: { interwal: 'd' } as never })).rejects.toEqual(refused)
    await expect(served.db.every.range({ where: { lots: 'x' as never } })).rejects.toEqual(refused)
  })

  it("fixed by a dataset's declaration apply to every call", async () => {
    const { db } = served
    expect(closes(await db.days.range())).toEqual([2, 3, 4, 5, 8])
    expect(closes(await db.days.range({ where: { close: [8, 1005, 104] } }))).toEqual([8])
    expect(closes(await db.days.latest({ n: 2 }))).toEqual([5, 8])
    expect(closes(await db.days.latest())).toEqual([8])
    expect(closes(await db.days.at({ date: '2024-01-09', lookback: true }))).toEqual([8])
    expect(closes(await db.weekly_bars.latest())).toEqual([1005])
    const asked = db.query.selectFrom('days').select(({ fn }) => fn.count<number>('close').as('n'))
    expect(await asked.execute()).toEqual([{ n: 5 }])
    const joined = db.query
      .selectFrom('days')
      .leftJoin('weekly_bars as w', (join) =>
        join.onRef('w.symbol', '=', 'days.symbol').onRef('w.day', '=', 'days.day'),
      )
      .select(['days.close', 'w.close as week'])
      .orderBy('days.day')
    expect((await joined.execute()).map(({ week }) => week)).toEqual([null, null, null, 1005, null])
    const info = await db.meta.datasets()
    expect(info.map(({ name, coverage }) => [name, coverage?.rows])).toEqual([
      ['trade_cal', 6],
      ['every', 11],
      ['weekly_bars', 1],
      ['days', 5],
    ])
  })

  it('make panels possible by leaving one row per symbol and day', async () => {
    const { panels } = await served.db.days.panel({
      ...{ start: '2024-01-05', end: '2024-01-09', symbols: ['A'], fields: ['close'], fill: 'previous' },
    })
    expect([...panels.close.series('A')]).toEqual([5, 8, 8])
    const range = { start: '2024-01-05', end: '2024-01-09', symbols: ['A'], fields: ['close'] } as const
    const filtered = await served.db.days.panel({ ...range, where: { close: [4, 8] }, fill: 'previous' })
    expect([...filtered.panels.close.series('A')]).toEqual([4, 8, 8])
  })
})
