import type { Batch, Tushare, Vector } from '@stockdb/contract'
import { tushare } from '@stockdb/contract'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { adjustBatch, planAdjustment } from '../../src/query/adjustment.ts'
import { type Served, serve } from '../support/serve.ts'
import { allMakers, type Store } from '../support/stores.ts'
import { writeRows } from '../support/write-rows.ts'

const rule = tushare.daily.adjustment

describe('planning an adjustment', () => {
  it('reads close and previous close with what is computed from them, and nothing twice', () => {
    expect(planAdjustment(rule, 'hfq', ['ts_code', 'change']).read).toEqual(['ts_code', 'change', 'close', 'pre_close'])
    expect(planAdjustment(rule, 'qfq', ['pct_chg', 'close']).read).toEqual(['pct_chg', 'close', 'pre_close'])
    expect(planAdjustment(rule, 'qfq', ['open', 'vol']).read).toEqual(['open', 'vol'])
  })
})

describe('adjusting a batch', () => {
  const none = { validity: undefined, nullCount: 0 }
  const floats = (...values: number[]): Vector => ({ type: 'float64', values: Float64Array.from(values), ...none })
  const names = ['ts_code', 'close', 'pre_close', 'change', 'pct_chg', 'vol', '(factor)']
  const roles = { symbol: 'ts_code', factor: '(factor)' }
  const batch = (): Batch => ({
    numRows: 3,
    vectors: [
      { type: 'symbol', values: Int32Array.of(0, 0, 1), dictionary: ['A', 'B'], ...none },
      floats(10, 5.5, 100),
      floats(9, 5, Number.NaN),
      floats(1, 0.5, 7),
      floats(11.1, 10, 7),
      floats(1, 2, 3),
      floats(2, 4, 0.5),
    ],
  })
  const values = (adjusted: Batch, name: string): number[] => [
    ...(adjusted.vectors[names.indexOf(name)] as { values: Float64Array }).values,
  ]

  it('multiplies by the factor for hfq, computes the changes anew, and leaves the volume alone', () => {
    const adjusted = adjustBatch(planAdjustment(rule, 'hfq', names), batch(), names, roles, undefined)
    expect(values(adjusted, 'close')).toEqual([20, 22, 50])
    expect(values(adjusted, 'pre_close')).toEqual([18, 20, Number.NaN])
    expect(values(adjusted, 'change')).toEqual([2, 2, Number.NaN])
    expect(values(adjusted, 'pct_chg')).toEqual([(2 / 18) * 100, (2 / 20) * 100, Number.NaN])
    expect(values(adjusted, 'vol')).toEqual([1, 2, 3])
    expect(adjusted.vectors[names.indexOf('change')]?.nullCount).toBe(1)
  })

  it('divides by the factor at the anchor for qfq', () => {
    const anchors = new Map([
      ['A', 4],
      ['B', 0.25],
    ])
    const adjusted = adjustBatch(planAdjustment(rule, 'qfq', names), batch(), names, roles, anchors)
    expect(values(adjusted, 'close')).toEqual([5, 5.5, 200])
    expect(values(adjusted, 'pre_close')).toEqual([4.5, 5, Number.NaN])
  })

  it('leaves the stored price of qfq as it is, bit for bit, where the factor is that at the anchor', () => {
    const factor = 108.0311
    const prices = Array.from({ length: 1_000 }, (_, at) => (1_000 + at) / 100)
    expect(prices.some((price) => (price * factor) / factor !== price)).toBe(true)
    const stored: Batch = {
      numRows: prices.length,
      vectors: [
        { type: 'symbol', values: new Int32Array(prices.length), dictionary: ['A'], ...none },
        floats(...prices),
        floats(...prices.map(() => factor)),
      ],
    }
    const columns = ['ts_code', 'close', '(factor)']
    const adjusted = adjustBatch(planAdjustment(rule, 'qfq', columns), stored, columns, roles, new Map([['A', factor]]))
    expect([...(adjusted.vectors[1] as { values: Float64Array }).values]).toEqual(prices)
  })

  it('names the symbol that has no factor, on a row or at the anchor', () => {
    const lacking = batch()
    ;(lacking.vectors[6] as { values: Float64Array }).values[2] = Number.NaN
    expect(() => adjustBatch(planAdjustment(rule, 'hfq', names), lacking, names, roles, undefined)).toThrow(
      /^B has no adj_factor/,
    )
    const anchors = new Map([['A', 4]])
    expect(() => adjustBatch(planAdjustment(rule, 'qfq', names), batch(), names, roles, anchors)).toThrow(
      /^B has no adj_factor.*anchor/,
    )
  })
})

describe.each(allMakers)('adjusted answers from $engine', ({ open }) => {
  let store: Store
  let served: Served<Tushare>

  /** SPLIT halves on the 4th; its factors miss the 3rd, and one stands on the 6th, a day without a bar. */
  const bars = [
    ['SPLIT', '2024-01-02', 10, 9.5, 1_000],
    ['SPLIT', '2024-01-03', 11, 10, 1_100],
    ['SPLIT', '2024-01-04', 5.6, 5.5, 2_400],
    ['SPLIT', '2024-01-05', 6, 5.6, 2_000],
    ['SPLIT', '2024-01-08', 7, 6, 2_000],
    ['FLAT', '2024-01-02', 20, 20, 10],
    ['FLAT', '2024-01-05', 21, 20, 10],
    ['LATE', '2024-01-02', 1, 1, 1],
    ['LATE', '2024-01-05', 1, 1, 1],
    ['NONE', '2024-01-02', 1, 1, 1],
    ['EMPTY', '2024-01-02', 1, 1, 1],
    ['GAP', '2024-01-02', 3, 3, 1],
    ['GAP', '2024-01-05', 4, 3, 1],
  ] as const
  const factors = [
    ['SPLIT', '2024-01-02', 1.5],
    ['SPLIT', '2024-01-04', 3],
    ['SPLIT', '2024-01-05', 3],
    ['SPLIT', '2024-01-06', 6],
    ['FLAT', '2023-01-01', 2],
    ['LATE', '2024-01-04', 2],
    ['EMPTY', '2024-01-02', null],
    ['GAP', '2024-01-02', 2],
    ['GAP', '2024-01-05', null],
  ] as const

  beforeAll(async () => {
    store = await open()
    served = await serve(store.address)
    const rows = bars.map(([code, day, close, before, vol]) => [
      code,
      day,
      close,
      before,
      close - before,
      1,
      vol,
      vol * 2,
    ])
    await writeRows(served.server.engine, tushare.daily, rows, [
      'ts_code',
      'trade_date',
      'close',
      'pre_close',
      'change',
      'pct_chg',
      'vol',
      'amount',
    ])
    await writeRows(served.server.engine, tushare.adj_factor, factors)
  })
  afterAll(async () => {
    await served?.close()
    await store?.drop()
  })

  const split = { symbols: ['SPLIT'] }

  it('pass over a factor that is null, on a row and at the anchor alike', async () => {
    const { columns, meta } = await served.db.daily.range({ symbols: ['GAP'], adjust: 'qfq' })
    expect([...columns.close]).toEqual([3, 4])
    expect(meta.anchor).toBe('2024-01-05')
  })

  it('multiply by the factor of the day, the last one before it where a day has none, and say so', async () => {
    const { columns, meta } = await served.db.daily.range({ ...split, adjust: 'hfq' })
    expect([...columns.close]).toEqual([10 * 1.5, 11 * 1.5, 5.6 * 3, 6 * 3, 7 * 6])
    expect([...columns.pre_close]).toEqual([9.5 * 1.5, 10 * 1.5, 5.5 * 3, 5.6 * 3, 6 * 6])
    expect([...columns.vol]).toEqual([1_000, 1_100, 2_400, 2_000, 2_000])
    expect([...columns.amount]).toEqual([2_000, 2_200, 4_800, 4_000, 4_000])
    expect(columns.open.every(Number.isNaN)).toBe(true)
    expect(meta).toMatchObject({ adjust: 'hfq', rule: 'price × factor' })
    expect(meta.anchor).toBeUndefined()
  })

  it('compute change and percent change from the adjusted prices, also when nothing else is asked for', async () => {
    const all = await served.db.daily.range({ ...split, adjust: 'hfq' })
    const { columns, meta } = await served.db.daily.range({ ...split, adjust: 'hfq', fields: ['change', 'pct_chg'] })
    expect(Object.keys(columns)).toEqual(['ts_code', 'trade_date', 'change', 'pct_chg'])
    for (const frame of [all.columns, columns]) {
      frame.change.forEach((change, row) => {
        const [close = 0, before = 0] = [all.columns.close[row], all.columns.pre_close[row]]
        expect(change).toBe(close - before)
        expect(frame.pct_chg[row]).toBe(((close - before) / before) * 100)
      })
    }
    expect(meta.arguments).toEqual({ ...split, adjust: 'hfq', fields: ['change', 'pct_chg'] })
  })

  it('divide by the factor at the last date of the range for qfq, and name that date', async () => {
    const whole = await served.db.daily.range({ ...split, adjust: 'qfq', fields: ['close'] })
    expect(whole.meta).toMatchObject({
      adjust: 'qfq',
      anchor: '2024-01-08',
      rule: 'price × (factor ÷ factor at the anchor)',
    })
    expect([...whole.columns.close]).toEqual([10 * (1.5 / 6), 11 * (1.5 / 6), 5.6 * (3 / 6), 6 * (3 / 6), 7 * (6 / 6)])
    const until = await served.db.daily.range({ ...split, end: '20240105', adjust: 'qfq', fields: ['close'] })
    expect(until.meta.anchor).toBe('2024-01-05')
    expect([...until.columns.close]).toEqual([10 * (1.5 / 3), 11 * (1.5 / 3), 5.6 * (3 / 3), 6 * (3 / 3)])
    const limited = await served.db.daily.range({ ...split, adjust: 'qfq', limit: 2, fields: ['close'] })
    expect([limited.meta.anchor, limited.columns.close[0]]).toEqual(['2024-01-08', 10 * (1.5 / 6)])
  })

  it('take an anchor, in the range or beyond it, on a day with a bar or without', async () => {
    for (const [anchor, factor] of [
      ['2024-01-02', 1.5],
      ['2024-01-03', 1.5],
      ['20240106', 6],
      ['2030-01-01', 6],
    ] as const) {
      const { columns, meta } = await served.db.daily.range({
        ...split,
        end: '2024-01-03',
        adjust: 'qfq',
        anchor,
        fields: ['close'],
      })
      expect([...columns.close]).toEqual([10 * (1.5 / factor), 11 * (1.5 / factor)])
      expect(meta.anchor).toBe(anchor === '20240106' ? '2024-01-06' : anchor)
    }
  })

  it('anchor a cross-section and the latest rows at their date', async () => {
    const symbols = ['SPLIT', 'FLAT']
    const at = await served.db.daily.at({
      date: '2024-01-07',
      lookback: true,
      symbols,
      adjust: 'qfq',
      fields: ['close'],
    })
    expect(at.meta.anchor).toBe('2024-01-07')
    expect([...at.columns.close]).toEqual([21, 6 * (3 / 6)])
    const latest = await served.db.daily.latest({ symbols, n: 2, adjust: 'qfq', fields: ['close'] })
    expect(latest.meta.anchor).toBe('2024-01-08')
    expect([...latest.columns.close]).toEqual([20, 21, 6 * (3 / 6), 7])
  })

  it.each([
    ['NONE', 'hfq', undefined],
    ['NONE', 'qfq', undefined],
    ['LATE', 'hfq', undefined],
    ['LATE', 'qfq', undefined],
    ['EMPTY', 'hfq', undefined],
    ['EMPTY', 'qfq', undefined],
    ['SPLIT', 'qfq', '2024-01-01'],
  ] as const)(
    'refuse %s with %s when it has no factor on or before a day that needs one',
    async (symbol, adjust, anchor) => {
      const call = served.db.daily.range({ symbols: ['FLAT', symbol], adjust, anchor, fields: ['close'] })
      await expect(call).rejects.toMatchObject({
        code: 'MISSING_FACTOR',
        message: expect.stringMatching(
          new RegExp(`^${symbol} has no adj_factor in adj_factor on or before .*adjust: "none"`),
        ),
      })
      expect((await served.db.daily.range({ symbols: [symbol], adjust: 'none' })).numRows).toBeGreaterThan(0)
    },
  )

  it('serve a symbol from its first factor on', async () => {
    const { columns } = await served.db.daily.range({
      symbols: ['LATE'],
      start: '2024-01-04',
      adjust: 'hfq',
      fields: ['close'],
    })
    expect([...columns.close]).toEqual([2])
  })

  it('without a row have no anchor unless one was given', async () => {
    const nobody = { symbols: ['NOBODY'], adjust: 'qfq' } as const
    expect((await served.db.daily.range(nobody)).meta.anchor).toBeUndefined()
    expect((await served.db.daily.range({ ...nobody, end: '2024-01-05' })).meta).toMatchObject({
      anchor: '2024-01-05',
      rows: 0,
    })
    expect((await served.db.daily.range({ symbols: [], adjust: 'qfq' })).numRows).toBe(0)
  })
})
