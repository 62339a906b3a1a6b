import type { Tushare } from '@stockdb/contract'
import { tushare } from '@stockdb/contract'
import type { StoredValue } from '@stockdb/contract/internal'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Served, serve } from '../support/serve.ts'
import { everyEngine, type Store } from '../support/stores.ts'
import { writeRows } from '../support/write-rows.ts'

/** Days with a bar, by symbol; the close is the day of the month. */
const bars: Record<string, string[]> = {
  A: ['2024-01-02', '2024-01-03', '2024-01-04', '2024-01-05'],
  B: ['2024-01-02', '2024-01-05'],
  C: ['2024-01-03'],
}

const listings = [
  {
    ts_code: '000001.SZ',
    name: '平安银行',
    area: '深圳',
    industry: '银行',
    list_date: '1991-04-03',
    delist_date: null,
  },
  {
    ts_code: '000003.SZ',
    name: 'PT金田A',
    area: '深圳',
    industry: null,
    list_date: '1991-07-03',
    delist_date: '2002-06-14',
  },
  {
    ts_code: '600000.SH',
    name: '浦发银行',
    area: '上海',
    industry: '银行',
    list_date: '1999-11-10',
    delist_date: null,
  },
  {
    ts_code: '600519.SH',
    name: '贵州茅台',
    area: '贵州',
    industry: '白酒',
    list_date: '2001-08-27',
    delist_date: null,
  },
  { ts_code: '600520.SH', name: 'abc', area: 'abc ', industry: 'ABC', list_date: null, delist_date: null },
] as const

describe.each(everyEngine)('calls on $engine', ({ open }) => {
  let store: Store
  let served: Served<Tushare>
  beforeAll(async () => {
    store = await open()
    served = await serve(store.address)
    const { engine } = served.server
    const rows = Object.entries(bars).flatMap(([code, days]) => days.map((day) => [code, day, Number(day.slice(8))]))
    await writeRows(engine, tushare.daily, rows.toReversed(), ['ts_code', 'trade_date', 'close'])
    const fields = Object.keys(listings[0])
    await writeRows(
      engine,
      tushare.stock_basic,
      listings.map((row) => fields.map((field) => (row as Record<string, StoredValue>)[field] ?? null)),
      fields,
    )
  })
  afterAll(async () => {
    await served?.close()
    await store?.drop()
  })

  /** Rows as `A 2`: symbol and day of the month. */
  const short = ({ columns }: { columns: { ts_code: string[]; trade_date: string[] } }): string[] =>
    columns.ts_code.map((code, row) => `${code} ${Number(columns.trade_date[row]?.slice(8))}`)

  describe('range', () => {
    it('returns all rows by symbol and date, whatever order they were written in', async () => {
      const frame = await served.db.daily.range()
      expect(short(frame)).toEqual(['A 2', 'A 3', 'A 4', 'A 5', 'B 2', 'B 5', 'C 3'])
      expect([...frame.columns.close]).toEqual([2, 3, 4, 5, 2, 5, 3])
      expect(frame.meta).toMatchObject({ rows: 7, complete: true, arguments: { adjust: 'none' } })
    })

    it('includes both ends, with dates in either format', async () => {
      for (const [start, end] of [
        ['2024-01-03', '2024-01-04'],
        ['20240103', '20240104'],
      ]) {
        const frame = await served.db.daily.range({ start, end })
        expect(short(frame)).toEqual(['A 3', 'A 4', 'C 3'])
        expect(frame.meta.arguments).toMatchObject({ start: '2024-01-03', end: '2024-01-04' })
      }
      expect(short(await served.db.daily.range({ start: '2024-01-05' }))).toEqual(['A 5', 'B 5'])
      expect(short(await served.db.daily.range({ end: '2024-01-02' }))).toEqual(['A 2', 'B 2'])
      await expect(served.db.daily.range({ start: '2024-01-05', end: '2024-01-02' })).rejects.toMatchObject({
        code: 'INVALID_INPUT',
        message: expect.stringContaining('start: got "2024-01-05", which is after end "2024-01-02"'),
      })
    })

    it('returns its plan on request only, over Arrow and JSON', async () => {
      const input = { symbols: ['A'], start: '2024-01-03', fields: ['close'] as const }
      const { plan } = (await served.db.daily.range(input, { explain: true })).meta
      expect(plan?.lines[0]).toBe('read range of daily (1 symbol: A; start 2024-01-03): ts_code, trade_date, close')
      expect(plan?.datasets[0]).toBe('daily')
      expect((await served.db.daily.range(input)).meta).not.toHaveProperty('plan')
      const url = `${served.server.url}/trpc/daily.range?input=${encodeURIComponent(JSON.stringify(input))}`
      const json = await (await fetch(url, { headers: { 'x-stockdb-explain': '1' } })).json()
      expect(json).toMatchObject({ result: { data: { meta: { plan } } } })
      for await (const batch of served.db.daily.stream(input, { explain: true }))
        expect(batch.meta.plan?.key).toBe(plan?.key)
    })

    it('returns an empty frame with its columns if there are no rows', async () => {
      for (const input of [
        { symbols: [] },
        { symbols: ['NOBODY'], unknownSymbols: 'ignore' as const },
        { start: '2025-01-01' },
      ]) {
        const frame = await served.db.daily.range({ ...input, fields: ['close'] })
        expect([frame.numRows, frame.rows(), frame.meta.complete]).toEqual([0, [], true])
        expect(frame.columns.close).toEqual(new Float64Array())
        expect(frame.columns.trade_date).toEqual([])
      }
    })

    it('returns symbol and date first, then the requested fields in their order, each once', async () => {
      const frame = await served.db.daily.range({ symbols: ['C'], fields: ['vol', 'close', 'vol', 'trade_date'] })
      expect(Object.keys(frame.columns)).toEqual(['ts_code', 'trade_date', 'vol', 'close'])
      expect(Object.keys((await served.db.daily.range({ symbols: ['C'] })).columns)).toEqual(
        Object.keys(tushare.daily.fields),
      )
    })
  })

  describe('at', () => {
    it('returns the rows of one date, by symbol', async () => {
      expect(short(await served.db.daily.at({ date: '20240102' }))).toEqual(['A 2', 'B 2'])
      expect(short(await served.db.daily.at({ date: '2024-01-03', symbols: ['C', 'B'] }))).toEqual(['C 3'])
      expect(short(await served.db.daily.at({ date: '2024-01-06' }))).toEqual([])
    })

    it('can look back to each symbol’s last row on or before the date', async () => {
      expect(short(await served.db.daily.at({ date: '2024-01-04', lookback: true }))).toEqual(['A 4', 'B 2', 'C 3'])
      expect(
        short(
          await served.db.daily.at({
            date: '2024-01-04',
            lookback: true,
            symbols: ['B', 'NOBODY'],
            unknownSymbols: 'ignore',
          }),
        ),
      ).toEqual(['B 2'])
      expect(short(await served.db.daily.at({ date: '2024-01-01', lookback: true }))).toEqual([])
      expect(short(await served.db.daily.at({ date: '2024-01-04', lookback: false }))).toEqual(['A 4'])
    })
  })

  describe('latest', () => {
    it('returns the last row of each symbol, or the last n, by symbol and date', async () => {
      expect(short(await served.db.daily.latest())).toEqual(['A 5', 'B 5', 'C 3'])
      expect(short(await served.db.daily.latest({ n: 2 }))).toEqual(['A 4', 'A 5', 'B 2', 'B 5', 'C 3'])
      expect(short(await served.db.daily.latest({ n: 10_000 }))).toHaveLength(7)
      expect((await served.db.daily.latest()).meta.arguments).toEqual({ n: 1, adjust: 'none' })
    })

    it('accepts an end and symbols', async () => {
      expect(short(await served.db.daily.latest({ n: 2, end: '2024-01-04', symbols: ['B', 'A'] }))).toEqual([
        'A 3',
        'A 4',
        'B 2',
      ])
      expect(short(await served.db.daily.latest({ end: '20240104', symbols: ['A'] }))).toEqual(['A 4'])
      expect(short(await served.db.daily.latest({ symbols: [] }))).toEqual([])
    })
  })

  describe('list', () => {
    type Where = NonNullable<Parameters<typeof served.db.stock_basic.list>[0]>['where']
    const codes = async (where: Where): Promise<string[]> => [
      ...(await served.db.stock_basic.list({ where, fields: ['name'] })).columns.ts_code,
    ]

    it('returns all rows by key', async () => {
      const frame = await served.db.stock_basic.list()
      expect(frame.columns.ts_code).toEqual(listings.map(({ ts_code }) => ts_code))
      expect(frame.columns.delist_date).toEqual([null, '2002-06-14', null, null, null])
    })

    it('filters by equality, lists and null, combined with AND', async () => {
      expect(await codes({ industry: '银行' })).toEqual(['000001.SZ', '600000.SH'])
      expect(await codes({ industry: ['白酒', '银行', '医药'] })).toEqual(['000001.SZ', '600000.SH', '600519.SH'])
      expect(await codes({ industry: null })).toEqual(['000003.SZ'])
      expect(await codes({ industry: ['银行', null] })).toEqual(['000001.SZ', '000003.SZ', '600000.SH'])
      expect(await codes({ industry: '银行', area: '深圳' })).toEqual(['000001.SZ'])
      expect(await codes({ industry: '银行', area: '贵州' })).toEqual([])
      expect(await codes({})).toHaveLength(5)
    })

    it('filters dates in either format, and takes texts with SQL or patterns literally', async () => {
      expect(await codes({ list_date: '19910403' })).toEqual(['000001.SZ'])
      expect(await codes({ list_date: ['1991-04-03', '2001-08-27'], delist_date: null })).toEqual([
        '000001.SZ',
        '600519.SH',
      ])
      expect(await codes({ name: "' or 1=1 -- " })).toEqual([])
      expect(await codes({ name: '%银行' })).toEqual([])
      expect(await codes({ name: '\\' })).toEqual([])
    })

    it('invariant 4: distinguishes texts by case and trailing spaces', async () => {
      expect(await codes({ industry: 'abc' })).toEqual([])
      expect(await codes({ name: 'abc' })).toEqual(['600520.SH'])
      expect(await codes({ name: 'abc ' })).toEqual([])
      expect(await codes({ area: 'abc' })).toEqual([])
      expect(await codes({ area: 'abc ' })).toEqual(['600520.SH'])
    })

    it('accepts symbols and a limit', async () => {
      const frame = await served.db.stock_basic.list({
        symbols: ['600519.SH', '000001.SZ', '600000.SH'],
        limit: 2,
        fields: [],
      })
      expect(frame.columns.ts_code).toEqual(['000001.SZ', '600000.SH'])
      expect(frame.meta).toMatchObject({ rows: 2, complete: false })
    })

    it('refuses invalid fields and values', async () => {
      const refused = { code: 'INVALID_INPUT' }
      await expect(codes({ industri: 'x' } as never)).rejects.toMatchObject(refused)
      await expect(codes({ industry: 5 } as never)).rejects.toMatchObject(refused)
      await expect(codes({ industry: [] })).rejects.toMatchObject(refused)
      await expect(codes({ list_date: '2024-02-30' })).rejects.toMatchObject({
        ...refused,
        message: expect.stringContaining('list_date'),
      })
    })
  })

  it('meta.datasets reports the coverage of each dataset', async () => {
    const infos = await served.db.meta.datasets()
    expect(infos.map(({ name }) => name)).toEqual(Object.keys(tushare))
    const [stock] = infos
    const daily = infos.find(({ name }) => name === 'daily')
    expect(stock?.coverage).toEqual({ rows: 5, symbols: 5 })
    expect(daily?.coverage).toEqual({ rows: 7, symbols: 3, firstDate: '2024-01-02', lastDate: '2024-01-05' })
    expect(infos.find(({ name }) => name === 'index_daily')?.coverage).toEqual({
      rows: 0,
      symbols: 0,
      firstDate: null,
      lastDate: null,
    })
    expect(daily?.fields.find(({ name }) => name === 'vol')).toMatchObject({
      type: 'float64',
      nullable: true,
      unit: 'lots of 100 shares',
    })
  })
})
