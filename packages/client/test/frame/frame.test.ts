import { connect, DuplicateKeyError, defineCatalogue, defineDataset, tushare } from '@stockdb/client'
import { bool, date, datetime, float64, int32, int64, symbol, text } from '@stockdb/contract'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { dailyRow, type Served, serve } from '../support/served.ts'

const catalogue = defineCatalogue({
  trade_cal: tushare.trade_cal,
  stock_basic: tushare.stock_basic,
  daily: tushare.daily,
  adj_factor: tushare.adj_factor,
  index_weight: tushare.index_weight,
  quotes: defineDataset({
    name: 'quotes',
    description: 'A field of every type, with and without nulls',
    fields: {
      code: symbol.required('Code'),
      day: date.required('Day'),
      price: float64('Price'),
      size: int32('Size'),
      lots: int32.required('Lots'),
      shares: int64('Shares'),
      id: int64.required('Id'),
      halted: bool('Halted'),
      note: text('Note'),
      label: text.required('Label'),
      at: datetime('Time'),
      peer: symbol('Peer'),
    },
    key: ['code', 'day'],
    symbol: 'code',
    date: 'day',
  }),
})

let served: Served
beforeAll(async () => {
  served = await serve({ catalogue })
  await served.fill(catalogue.quotes, [
    ['A', '2024-01-02', -0, 7, -1, 2n ** 53n + 1n, -(2n ** 63n), true, '平安', 'x', '2024-01-02 09:30:00.250', 'B'],
    ['A', '2024-01-03', null, null, 2 ** 31 - 1, null, 2n ** 63n - 1n, null, null, '', null, null],
    ['B', '2024-01-03', 5e-324, 0, -(2 ** 31), 0n, 0n, false, '', '\ufeffmark 😀', '9999-12-31 23:59:59.999', 'A'],
  ])
  await served.fill(catalogue.daily, [
    dailyRow('000001.SZ', '2024-01-02', 10),
    dailyRow('000001.SZ', '2024-01-04', 11),
    dailyRow('600519.SH', '2024-01-03', 1_700),
    dailyRow('600519.SH', '2024-01-04', null),
  ])
  await served.fill(catalogue.index_weight, [
    ['000300.SH', '600519.SH', '2024-01-02', 5.5],
    ['000300.SH', '000001.SZ', '2024-01-02', 0.5],
    ['000300.SH', '000001.SZ', '2024-01-03', 0.6],
  ])
  await served.fill(catalogue.adj_factor, [
    ['000001.SZ', '2024-01-02', 2],
    ['000001.SZ', '2024-01-04', 4],
  ])
})
afterAll(() => served.end())

const open = () => connect<typeof catalogue>(served.url)

describe('the columns of a frame', () => {
  it('have the types of their fields', async () => {
    const { columns, numRows } = await (await open()).quotes.range()
    expect(numRows).toBe(3)
    expect({ ...columns }).toEqual({
      code: ['A', 'A', 'B'],
      day: ['2024-01-02', '2024-01-03', '2024-01-03'],
      price: Float64Array.of(-0, Number.NaN, 5e-324),
      size: [7, null, 0],
      lots: Int32Array.of(-1, 2 ** 31 - 1, -(2 ** 31)),
      shares: [2n ** 53n + 1n, null, 0n],
      id: BigInt64Array.of(-(2n ** 63n), 2n ** 63n - 1n, 0n),
      halted: [true, null, false],
      note: ['平安', null, ''],
      label: ['x', '', '\ufeffmark 😀'],
      at: ['2024-01-02 09:30:00.250', null, '9999-12-31 23:59:59.999'],
      peer: ['B', null, 'A'],
    })
  })

  it('are symbol, date and the requested fields, in that order', async () => {
    const { columns } = await (await open()).quotes.range({ fields: ['note', 'price'] })
    expect(Object.keys(columns)).toEqual(['code', 'day', 'note', 'price'])
    expect('lots' in columns).toBe(false)
  })

  it('are created once', async () => {
    const { columns } = await (await open()).quotes.range()
    expect(columns.note).toBe(columns.note)
    expect(columns.price).toBe(columns.price)
  })

  it('exist and are empty if there are no rows', async () => {
    const frame = await (await open()).quotes.range({ symbols: [] })
    expect(frame.numRows).toBe(0)
    expect(frame.columns.price).toEqual(new Float64Array())
    expect(frame.columns.lots).toEqual(new Int32Array())
    expect(frame.columns.note).toEqual([])
    expect(frame.rows()).toEqual([])
    expect(frame.pivot('price').values).toEqual([])
    expect(frame.toArrow().numRows).toBe(0)
    expect(frame.meta).toMatchObject({ rows: 0, complete: true })
  })
})

describe('the rows of a frame', () => {
  it('are objects with the values of the columns', async () => {
    const frame = await (await open()).quotes.range({ symbols: ['A'], fields: ['price', 'size', 'shares'] })
    expect(frame.rows()).toEqual([
      { code: 'A', day: '2024-01-02', price: -0, size: 7, shares: 2n ** 53n + 1n },
      { code: 'A', day: '2024-01-03', price: Number.NaN, size: null, shares: null },
    ])
  })

  it("are the caller's own: changing one changes nothing else", async () => {
    const frame = await (await open()).quotes.range({ fields: ['price'] })
    const [row] = frame.rows()
    if (row) row.price = 1
    expect(frame.rows()[0]?.price).toBe(-0)
    expect(frame.columns.price[0]).toBe(-0)
  })
})

describe('the meta of a frame', () => {
  it('has dataset, roles, normalised arguments, rows and completeness', async () => {
    const { meta } = await (await open()).daily.range({ start: '20240103', end: '20240104', fields: ['close'] })
    expect(meta).toMatchObject({
      dataset: 'daily',
      symbol: 'ts_code',
      date: 'trade_date',
      adjust: 'none',
      arguments: { start: '2024-01-03', end: '2024-01-04', fields: ['close'] },
      rows: 3,
      complete: true,
    })
  })

  it('has the anchor that qfq divided by, and the rule', async () => {
    const db = await open()
    const bars = await db.daily.range({ symbols: ['000001.SZ'], fields: ['close'], adjust: 'qfq' })
    expect(bars.meta).toMatchObject({ adjust: 'qfq', anchor: '2024-01-04', rule: expect.stringContaining('factor') })
    expect([...bars.columns.close]).toEqual([5, 11])
    const anchored = await db.daily.range({
      symbols: ['000001.SZ'],
      fields: ['close'],
      adjust: 'qfq',
      anchor: '20240102',
    })
    expect(anchored.meta.anchor).toBe('2024-01-02')
    expect([...anchored.columns.close]).toEqual([10, 22])
  })

  it('says whether a limit cut it', async () => {
    const db = await open()
    expect((await db.daily.range({ limit: 2 })).meta).toMatchObject({ rows: 2, complete: false })
    expect((await db.daily.range({ limit: 4 })).meta).toMatchObject({ rows: 4, complete: true })
  })
})

describe('the Arrow table of a frame', () => {
  it('holds its values: integers exactly, dates as dates', async () => {
    const frame = await (await open()).quotes.range()
    const table = frame.toArrow()
    expect(table.numRows).toBe(3)
    expect(table.schema.fields.map(({ name }) => name)).toEqual(Object.keys(frame.columns))
    expect(Array.from(table.getChild('shares'))).toEqual([2n ** 53n + 1n, null, 0n])
    expect(Array.from(table.getChild('code'))).toEqual(['A', 'A', 'B'])
    expect(Array.from(table.getChild('price'))).toEqual([-0, null, 5e-324])
    expect(Array.from(table.getChild('day'))).toEqual([
      new Date('2024-01-02'),
      new Date('2024-01-03'),
      new Date('2024-01-03'),
    ])
  })
})

describe('the panel of a frame', () => {
  it('is dates × symbols, NaN where a row or a value is missing', async () => {
    const panel = (await (await open()).daily.range({ fields: ['close'] })).pivot('close')
    expect(panel.dates).toEqual(['2024-01-02', '2024-01-03', '2024-01-04'])
    expect(panel.symbols).toEqual(['000001.SZ', '600519.SH'])
    expect(panel.values).toEqual([
      Float64Array.of(10, Number.NaN),
      Float64Array.of(Number.NaN, 1_700),
      Float64Array.of(11, Number.NaN),
    ])
    expect(panel.at('2024-01-04', '000001.SZ')).toBe(11)
    expect(panel.at('2024-01-03', '000001.SZ')).toBeNaN()
    expect(panel.series('600519.SH')).toEqual(Float64Array.of(Number.NaN, 1_700, Number.NaN))
  })

  it('takes integer fields, with NaN for null', async () => {
    const frame = await (await open()).quotes.range()
    expect(frame.pivot('size').values).toEqual([Float64Array.of(7, Number.NaN), Float64Array.of(Number.NaN, 0)])
    expect(frame.pivot('lots').at('2024-01-03', 'B')).toBe(-(2 ** 31))
    const later = await (await open()).quotes.range({ start: '2024-01-03' })
    expect(later.pivot('shares').values).toEqual([Float64Array.of(Number.NaN, 0)])
    expect(() => frame.pivot('shares')).toThrow(
      new RangeError(
        'shares of A on 2024-01-02 is 9007199254740993; expected a number from -2^53 to 2^53, which a panel of doubles holds exactly',
      ),
    )
  })

  it('contains no other dates and symbols', async () => {
    const panel = (await (await open()).daily.range()).pivot('close')
    expect(() => panel.at('2024-01-05', '000001.SZ')).toThrow(new RangeError('the panel has no date "2024-01-05"'))
    expect(() => panel.at('2024-01-02', 'toString')).toThrow(RangeError)
    expect(() => panel.series('000002.SZ')).toThrow(new RangeError('the panel has no symbol "000002.SZ"'))
  })

  it('is refused, in plain JavaScript, for a missing or non-numeric field', async () => {
    const frame = await (await open()).quotes.range({ fields: ['note', 'price', 'id'] })
    expect(() => frame.pivot('lots' as never)).toThrow(
      /got "lots"; expected a column of the frame: code, day, note, price/,
    )
    expect(() => frame.pivot('note' as never)).toThrow(TypeError)
    expect(() => frame.pivot('code' as never)).toThrow(TypeError)
  })

  it('is refused if rows share symbol and date, naming two of them and what differs', async () => {
    const { index_weight } = await open()
    const members = await index_weight.range()
    expect(() => members.pivot('weight')).toThrow(DuplicateKeyError)
    expect(() => members.pivot('weight')).toThrow(
      /rows 0 and 1 of the frame both have index_code 000300.SH and trade_date 2024-01-02; .* differ in con_code \(000001.SZ, 600519.SH\), weight \(0.5, 5.5\)/,
    )
    const weights = await index_weight.range({ fields: ['weight'] })
    expect(() => weights.pivot('weight')).toThrow(/differ in weight \(0.5, 5.5\)/)
    expect((await index_weight.range({ start: '2024-01-03' })).pivot('weight').at('2024-01-03', '000300.SH')).toBe(0.6)
  })

  it('is refused without a date', async () => {
    const stocks = await (await open()).stock_basic.list()
    expect(() => stocks.pivot('name' as never)).toThrow(
      new TypeError('cannot pivot stock_basic: expected a dataset with a symbol and a date'),
    )
  })
})

describe('the calls of a dataset', () => {
  it('return the same through the client and through plain tRPC', async () => {
    const db = await open()
    const frame = await db.daily.at({ date: '2024-01-04', fields: ['close'] })
    const plain = await db.trpc.daily.at.query({ date: '2024-01-04', fields: ['close'] })
    expect(plain.fields).toEqual(Object.keys(frame.columns))
    expect(plain.items).toEqual([
      ['000001.SZ', '2024-01-04', 11],
      ['600519.SH', '2024-01-04', null],
    ])
    expect(plain.meta).toEqual(frame.meta)
    expect((await db.daily.latest({ fields: ['close'] })).columns.trade_date).toEqual(['2024-01-04', '2024-01-04'])
    expect((await db.daily.at({ date: '2024-01-03', lookback: true })).columns.trade_date).toEqual([
      '2024-01-02',
      '2024-01-03',
    ])
  })
})
