import { type AdjustmentRule, tushare } from '@stockdb/contract'
import type { Batch, MissingFactor, Vector } from '@stockdb/contract/wire'
import { describe, expect, it } from 'vitest'
import { Adjuster } from '../../../src/execute/adjust/adjuster.ts'
import { JoinedFactors } from '../../../src/execute/adjust/row-factors.ts'
import { planAdjustment } from '../../../src/plan/adjust/adjustment.ts'

const none = { validity: undefined, nullCount: 0 }
const floats = (...values: number[]): Vector => ({ type: 'float64', values: Float64Array.from(values), ...none })
const names = ['ts_code', 'trade_date', 'close', 'pre_close', 'change', 'pct_chg', 'vol', '(factor)']
const roles = { symbol: 'ts_code', date: 'trade_date' }
const { NaN: gap } = Number

const batch = (factors = [2, 4, 0.5], codes = [0, 0, 1], dictionary = ['A', 'B']): Batch => ({
  numRows: 3,
  vectors: [
    { type: 'symbol', values: Int32Array.from(codes), dictionary, ...none },
    { type: 'date', values: Int32Array.of(19_724, 19_725, 19_724), ...none },
    floats(10, 5.5, 100),
    floats(9, 5, gap),
    floats(1, 0.5, 7),
    floats(11.1, 10, 7),
    floats(1, 2, 3),
    floats(...factors),
  ],
})
const values = (adjusted: Batch, name: string): number[] => [
  ...(adjusted.vectors[names.indexOf(name)] as { values: Float64Array }).values,
]

interface Options {
  readonly adjust?: 'hfq' | 'qfq'
  readonly missingFactor?: MissingFactor
  readonly anchors?: Record<string, number>
  readonly before?: Record<string, number>
  readonly rule?: AdjustmentRule
}

function adjuster({
  adjust = 'hfq',
  missingFactor,
  anchors = {},
  before = {},
  rule = tushare.daily.adjustment,
}: Options = {}) {
  const bySymbol = (factors: Record<string, number>) => new Map(Object.entries(factors))
  const factors = new JoinedFactors(names.indexOf('(factor)'), bySymbol(anchors), bySymbol(before))
  return new Adjuster(planAdjustment(rule, { adjust, missingFactor }, names), names, roles, factors)
}

describe('adjusting a batch', () => {
  it('multiplies by the factor for hfq, recomputes the changes, and keeps the volume', () => {
    const adjusted = adjuster().take(batch())
    expect(values(adjusted, 'close')).toEqual([20, 22, 50])
    expect(values(adjusted, 'pre_close')).toEqual([18, 20, gap])
    expect(values(adjusted, 'change')).toEqual([2, 2, gap])
    expect(values(adjusted, 'pct_chg')).toEqual([(2 / 18) * 100, (2 / 20) * 100, gap])
    expect(values(adjusted, 'vol')).toEqual([1, 2, 3])
    expect(adjusted.vectors[names.indexOf('change')]?.nullCount).toBe(1)
  })

  it('divides by the factor at the anchor for qfq', () => {
    const adjusted = adjuster({ adjust: 'qfq', anchors: { A: 4, B: 0.25 } }).take(batch())
    expect(values(adjusted, 'close')).toEqual([5, 5.5, 200])
    expect(values(adjusted, 'pre_close')).toEqual([4.5, 5, gap])
  })

  it('keeps the stored price for qfq, bit for bit, if the factor equals that at the anchor', () => {
    const factor = 108.0311
    const prices = Array.from({ length: 1_000 }, (_, at) => (1_000 + at) / 100)
    expect(prices.some((price) => (price * factor) / factor !== price)).toBe(true)
    const stored = batch()
    const repeated = (value: number) => floats(...prices.map(() => value))
    const vectors = stored.vectors.map((vector, at): Vector => {
      if (vector.type === 'symbol') return { ...vector, values: new Int32Array(1_000) }
      if (vector.type === 'date') return { ...vector, values: new Int32Array(1_000) }
      return names[at] === 'close' ? floats(...prices) : repeated(factor)
    })
    const adjusted = adjuster({ adjust: 'qfq', anchors: { A: factor } }).take({ numRows: 1_000, vectors })
    expect(values(adjusted, 'close')).toEqual(prices)
  })

  it('multiplies a raw previous close by the factor of the previous row', () => {
    const rule: AdjustmentRule = { ...tushare.daily.adjustment, previousCloseIs: 'raw' }
    const known = adjuster({ rule, before: { A: 1 } })
    const adjusted = known.take(batch())
    expect(values(adjusted, 'close')).toEqual([20, 22, 50])
    expect(values(adjusted, 'pre_close')).toEqual([9, 10, gap])
    expect(values(adjusted, 'change')).toEqual([11, 12, gap])
    // Across batches, and for a symbol that occurs again.
    expect(values(known.take(batch([8, 8, 2])), 'pre_close')).toEqual([36, 40, gap])
    const first = adjuster({ rule, adjust: 'qfq', anchors: { A: 4, B: 1 } }).take(batch())
    expect(values(first, 'pre_close')).toEqual([gap, 2.5, gap])
    expect(first.vectors[names.indexOf('pre_close')]?.nullCount).toBe(2)
  })

  it('needs no previous close', () => {
    const { dataset, factor } = tushare.daily.adjustment
    const adjusted = adjuster({ rule: { dataset, factor, prices: ['close'] } }).take(batch())
    expect([values(adjusted, 'close'), values(adjusted, 'pre_close')]).toEqual([
      [20, 22, 50],
      [9, 5, gap],
    ])
    expect(values(adjusted, 'change')).toEqual([1, 0.5, 7])
  })

  it('has no percent change for a previous close of 0', () => {
    const zero = batch()
    ;(zero.vectors[names.indexOf('pre_close')] as { values: Float64Array }).values[0] = 0
    expect(values(adjuster().take(zero), 'pct_chg')).toEqual([gap, 10, gap])
  })
})

describe('rows without a factor', () => {
  const lacking = () => batch([2, gap, gap])

  it('are an error that names all symbols, whether on a row or at the anchor', () => {
    const rows = adjuster()
    rows.take(lacking())
    rows.take(batch([gap, gap, gap], [1, 2, 2], ['A', 'B', 'C']))
    expect([rows.refuses, rows.missing.error().message]).toEqual([
      true,
      'A, B, C: no adj_factor in adj_factor on or before the date of their rows; load the factors, or pass missingFactor: "skip" or "raw", or adjust: "none"',
    ])
    const anchor = adjuster({ adjust: 'qfq', anchors: { A: 4 } })
    anchor.take(batch())
    expect(anchor.missing.error().message).toMatch(/^B: .*anchor/)
  })

  it('are reported with at most twenty symbols, and their total number', () => {
    const many = adjuster()
    const words = Array.from({ length: 30 }, (_, at) => `S${at}`)
    for (let code = 0; code < 30; code++) many.take(batch([gap, gap, gap], [code, code, code], words))
    expect(many.missing.error().message).toMatch(/^S0, S1, .*S19, … \(30 symbols\): /)
    expect(many.missing.report()).toBeUndefined()
  })

  it('are dropped with "skip", also at the anchor', () => {
    const skipping = adjuster({ missingFactor: 'skip' })
    const parts = [
      batch(),
      batch([2, gap, gap], [0, 2, 3], ['A', 'B', 'C', 'D']),
      batch([2, 2, 2], [3, 1, 4], ['A', 'B', 'C', 'D', 'E']),
    ]
    const symbols = parts.map((part) => {
      const [kept] = skipping.take(part).vectors
      return kept?.type === 'symbol' ? Array.from(kept.values, (code) => `${code} ${kept.dictionary[code]}`) : []
    })
    expect(symbols).toEqual([['0 A', '0 A', '1 B'], ['0 A'], ['2 D', '1 B', '3 E']])
    expect(skipping.missing.report()).toEqual({ mode: 'skip', symbols: ['C', 'D'], count: 2, rows: 2 })
  })

  it('keep stored prices and changes with "raw"', () => {
    const raw = adjuster({ missingFactor: 'raw' }).take(lacking())
    expect(values(raw, 'close')).toEqual([20, 5.5, 100])
    expect(values(raw, 'change')).toEqual([2, 0.5, 7])
    expect(values(raw, 'pct_chg')).toEqual([(2 / 18) * 100, 10, 7])
  })

  it.each([0, -1, Number.POSITIVE_INFINITY])('do not include rows with the factor %d, which is an error', (factor) => {
    expect(() => adjuster({ missingFactor: 'skip' }).take(batch([2, factor, 1]))).toThrow(
      `the table of adj_factor holds ${factor} as adj_factor of A on or before 2024-01-03; expected a number above 0`,
    )
    const anchors = { A: 1, B: factor }
    expect(() => adjuster({ adjust: 'qfq', anchors }).take(batch())).toThrow(/holds .* of B on or before the anchor/)
  })
})
