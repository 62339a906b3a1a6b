import { DuplicateKeyError, defineCatalogue, defineDataset, tushare } from '@stockdb/client'
import { date, datetime, float64, symbol, text } from '@stockdb/contract'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Served, serve } from '../support/serve.ts'
import { sql } from '../support/sql.ts'
import { enginesOfRun, type Store } from '../support/stores.ts'
import { writeRows } from '../support/write-rows.ts'

const fields = {
  code: symbol.required('Code'),
  day: date.required('Day'),
  open: float64('Open'),
  close: float64('Close'),
  vol: float64('Volume'),
  at: datetime('Time of writing'),
}
const appended = {
  description: 'Bars without a key, as pandas appends them',
  managed: false,
  fields,
  key: ['code', 'day'],
  symbol: 'code',
  date: 'day',
  calendar: 'SSE',
  bars: { first: ['open'], max: [], min: [], last: ['close'], sum: ['vol'] },
  adjustment: { dataset: 'rates', factor: 'factor', prices: ['open', 'close'] },
} as const

const catalogue = defineCatalogue({
  trade_cal: tushare.trade_cal,
  stock_basic: tushare.stock_basic,
  bars: defineDataset({ name: 'bars', ...appended }),
  copies: defineDataset({ name: 'copies', table: 'bars', onDuplicate: 'identical', ...appended }),
  newest: defineDataset({ name: 'newest', table: 'bars', onDuplicate: { keep: 'last', order: 'at' }, ...appended }),
  oldest: defineDataset({ name: 'oldest', table: 'bars', onDuplicate: { keep: 'first', order: 'at' }, ...appended }),
  rates: defineDataset({
    name: 'rates',
    description: 'Factors without a key',
    managed: false,
    fields: { code: symbol.required('Code'), day: date.required('Day'), factor: float64('Factor') },
    key: ['code', 'day'],
    symbol: 'code',
    date: 'day',
  }),
  members: defineDataset({
    name: 'members',
    description: 'Members of sectors without a key',
    managed: false,
    fields: {
      sector: text.required('Sector', { length: 16 }),
      code: symbol.required('Code'),
      weight: float64('Weight'),
    },
    key: ['sector', 'code'],
    symbol: 'code',
  }),
  reports: defineDataset({
    name: 'reports',
    description: 'Statements without a key',
    managed: false,
    fields: {
      code: symbol.required('Code'),
      period: date.required('Period'),
      announced: date.required('Announced'),
      profit: float64('Profit'),
    },
    key: ['code', 'period', 'announced'],
    symbol: 'code',
    date: 'period',
    pointInTime: { kind: 'announced', period: 'period', announced: 'announced' },
  }),
})

/** Runs statements on a database of any engine. */
async function onDatabase(address: string, ...statements: readonly string[]): Promise<void> {
  await sql(address, ...statements)
}

const days = ['2024-01-02', '2024-01-03', '2024-01-04']

describe.each(enginesOfRun)('tables of $engine without an enforced key', ({ open }) => {
  let store: Store
  let served: Served<typeof catalogue>
  beforeAll(async () => {
    store = await open()
    await onDatabase(
      store.address,
      'create table bars (code varchar(12), day date, open double, close double, vol double, `at` datetime)',
      // A: unique. B: a copy. C: two different rows. D: two different rows with the same time.
      `insert into bars values
        ${days.map((day, at) => `('A', '${day}', ${at + 1}, ${at + 1}, 1, '2024-02-01 00:00:00')`).join(',')},
        ('B', '2024-01-02', 5, 5, 1, '2024-02-01 00:00:00'), ('B', '2024-01-02', 5, 5, 1, '2024-02-01 00:00:00'),
        ('C', '2024-01-02', 6, 6, 1, '2024-02-01 00:00:00'), ('C', '2024-01-02', 7, 7, 1, '2024-02-02 00:00:00'),
        ('C', '2024-01-03', 8, 8, 1, null),
        ('D', '2024-01-02', 1, 1, 1, '2024-02-01 00:00:00'), ('D', '2024-01-02', 2, 1, 1, '2024-02-01 00:00:00')`,
      'create table rates (code varchar(12), day date, factor double)',
      `insert into rates values ('A', '2024-01-02', 2), ('A', '2024-01-03', 2), ('A', '2024-01-03', 4), ('C', '2024-01-02', 1)`,
      'create table members (sector varchar(16), code varchar(12), weight double)',
      "insert into members values ('x', 'A', 1), ('y', 'A', 2), ('x', 'B', 3), ('x', 'B', 4)",
      'create table reports (code varchar(12), period date, announced date, profit double)',
      "insert into reports values ('A', '2023-12-31', '2024-01-02', 1), ('B', '2023-12-31', '2024-01-02', 1), ('B', '2023-12-31', '2024-01-02', 2)",
    )
    served = await serve(store.address, { catalogue })
    await writeRows(
      served.server.engine,
      tushare.trade_cal,
      days.map((day) => ['SSE', day, true]),
      ['exchange', 'cal_date', 'is_open'],
    )
    await writeRows(
      served.server.engine,
      tushare.stock_basic,
      ['A', 'B'].map((code) => [code, code, '2000-01-01']),
      ['ts_code', 'name', 'list_date'],
    )
  })
  afterAll(async () => {
    await served?.close()
    await store?.drop()
  })

  const range = { start: '2024-01-02', end: '2024-01-04' }
  const closes = ({ columns }: { readonly columns: { readonly close: Float64Array } }): number[] => [...columns.close]
  const repeated = (key: string) =>
    expect.objectContaining({ code: 'DUPLICATE_KEY', message: expect.stringContaining(`of the key ${key};`) })

  it('are answered if no key that is read repeats', async () => {
    const { bars } = served.db
    expect(closes(await bars.range({ symbols: ['A'], fields: ['close'] }))).toEqual([1, 2, 3])
    expect(closes(await bars.range({ start: '2024-01-03', fields: ['close'] }))).toEqual([2, 3, 8])
    expect(closes(await bars.range({ limit: 4 }))).toEqual([1, 2, 3, 5])
    expect(closes(await bars.latest({ symbols: ['A', 'C'] }))).toEqual([3, 8])
    const weights = await served.db.members.list({ symbols: ['A'], fields: ['weight'] })
    expect([...weights.columns.weight]).toEqual([1, 2])
  })

  it('fail if one does, however rows are read, and name the key', async () => {
    const { bars, members, reports } = served.db
    const b = { symbols: ['B'] }
    const key = 'code B, day 2024-01-02'
    const day = { date: '2024-01-02' }
    for (const call of [
      () => bars.range(b),
      () => bars.range({ fields: ['close'], limit: 5 }),
      () => bars.range({ ...b, freq: 'month' }),
      () => bars.at({ ...b, ...day }),
      () => bars.at({ ...b, date: '2024-01-04', lookback: true }),
      () => bars.latest(b),
      () => bars.latest({ n: 2, ...b }),
      () => bars.panel({ ...range, ...b, fields: ['close'] }),
      () => bars.panel({ start: '2024-01-03', end: '2024-01-04', ...b, fields: ['close'], fill: 'previous' }),
      () => served.db.screen({ ...day, ...b, fields: ['bars.close'] }),
      () => served.db.screen({ ...day, ...b, where: { 'bars.close': { gt: 100 } } }),
      () => served.db.screen({ date: '2024-01-04', lookback: true, ...b, fields: ['bars.close'] }),
    ])
      await expect(call()).rejects.toEqual(repeated(key))
    await expect(bars.range()).rejects.toBeInstanceOf(DuplicateKeyError)
    await expect(members.list({ fields: ['weight'] })).rejects.toEqual(repeated('sector x, code B'))
    await expect(reports.asOf({ date: '2024-02-01' })).rejects.toEqual(
      repeated('code B, period 2023-12-31, announced 2024-01-02'),
    )
    expect([...(await reports.asOf({ date: '2024-02-01', symbols: ['A'] })).columns.profit]).toEqual([1])
    await expect(served.db.screen({ date: '2024-02-01', fields: ['reports.profit'] })).rejects.toEqual(
      repeated('code B, period 2023-12-31, announced 2024-01-02'),
    )
  })

  it('of factors are named in the error, and do not multiply rows', async () => {
    const { bars } = served.db
    const error = expect.objectContaining({
      code: 'DUPLICATE_KEY',
      message: expect.stringMatching(/^rates: its table rates has several rows of the key code A, day 2024-01-03;/),
    })
    await expect(bars.range({ symbols: ['A'], adjust: 'hfq' })).rejects.toEqual(error)
    await expect(bars.range({ symbols: ['A'], adjust: 'qfq' })).rejects.toEqual(error)
    await expect(bars.latest({ symbols: ['A'], adjust: 'qfq' })).rejects.toEqual(error)
    await expect(bars.range({ symbols: ['C'], adjust: 'hfq' })).rejects.toEqual(repeated('code C, day 2024-01-02'))
    expect(closes(await served.db.newest.range({ symbols: ['C'], adjust: 'hfq' }))).toEqual([7, 8])
  })

  it('give copies once, if the dataset declares that', async () => {
    const { copies } = served.db
    expect(closes(await copies.range({ symbols: ['A', 'B'] }))).toEqual([1, 2, 3, 5])
    const limited = await copies.range({ symbols: ['A', 'B'], limit: 4 })
    expect([closes(limited), limited.meta.complete]).toEqual([[1, 2, 3, 5], true])
    const cut = await copies.range({ symbols: ['B', 'A'], limit: 3 })
    expect([closes(cut), cut.meta.complete, cut.meta.rows]).toEqual([[1, 2, 3], false, 3])
    expect([...(await copies.range({ symbols: ['B'], freq: 'month' })).columns.vol]).toEqual([1])
    expect(closes(await copies.latest({ symbols: ['B'] }))).toEqual([5])
    // The column that differs is not read.
    expect(closes(await copies.range({ symbols: ['D'], fields: ['close'] }))).toEqual([1])
    await expect(copies.range({ symbols: ['D'] })).rejects.toThrow('they differ, so they are not copies')
  })

  it('give the first or the last one by the declared order', async () => {
    const { newest, oldest } = served.db
    expect(closes(await newest.range({ symbols: ['A', 'B', 'C'], fields: ['close'] }))).toEqual([1, 2, 3, 5, 7, 8])
    expect(closes(await oldest.range({ symbols: ['C'], fields: ['close'] }))).toEqual([6, 8])
    expect(Object.keys((await newest.range({ symbols: ['C'], fields: ['close'] })).columns)).toEqual([
      'code',
      'day',
      'close',
    ])
    expect(closes(await newest.at({ symbols: ['C'], date: '2024-01-02' }))).toEqual([7])
    await expect(newest.range({ symbols: ['D'] })).rejects.toThrow(
      'they differ but have the same at, which decides between them',
    )
  })

  it('never give a superseded row, whatever the filter', async () => {
    const { newest, oldest } = served.db
    // The newest row of C has 7: the older one must not appear because the filter excludes the newer.
    const refused = {
      code: 'INVALID_INPUT',
      message: expect.stringContaining('where: got close; expected fields of the key'),
    }
    for (const asked of [
      () => newest.range({ symbols: ['C'], where: { close: 6 } }),
      () => newest.latest({ symbols: ['C'], where: { close: 6 } }),
      () => oldest.panel({ start: '2024-01-02', end: '2024-01-04', fields: ['vol'], where: { close: 7 } }),
    ])
      await expect(asked()).rejects.toMatchObject(refused)
    expect(closes(await newest.range({ symbols: ['C'], where: { day: '2024-01-02' } }))).toEqual([7])
  })
})
