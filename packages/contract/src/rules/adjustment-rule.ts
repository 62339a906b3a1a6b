import { type Declaration, dateTypeOf, refuseRepeats } from './declaration.ts'

/**
 * The kind of a stored previous close, on a day with a split or a dividend.
 *
 * `ex-rights`: on the scale of its row's day, like Tushare's `pre_close` and the exchanges'. `raw`: the close of the
 * previous row as traded.
 */
export type PreviousClose = 'ex-rights' | 'raw'

/** The source of factors, and the fields to multiply by them. */
interface FactorRule {
  /** The dataset with the factors, by the same symbols and date. */
  readonly dataset: string
  /** Its float64 field with the factor. */
  readonly factor: string
  /** The float64 fields to multiply. */
  readonly prices: readonly string[]
}

/** Which fields hold changes against a previous close; `close` and `previousClose` are among the prices. */
interface ChangeRule {
  /** The close, one of the prices. */
  readonly close: string
  /** The previous close, one of the prices. */
  readonly previousClose: string
  /** The kind of the stored previous close. A `raw` one uses the factor of the previous row, and is null without one. */
  readonly previousCloseIs: PreviousClose
  /** The field recomputed as close − previous close, both adjusted. */
  readonly change?: string
  /** The field recomputed as change ÷ previous close × `percentScale`. */
  readonly percentChange?: string
  /**
   * The factor of `percentChange`; 1 if it is a fraction, as in Tushare's weekly bars.
   *
   * @default 100
   */
  readonly percentScale?: number
}

/** A table without changes and previous close. */
type NoChangeRule = { readonly [Part in keyof ChangeRule]?: undefined }

/**
 * How the prices of a dataset follow splits and dividends.
 *
 * hfq = raw × factor; qfq = raw × (factor ÷ factor at the anchor). Source: the documentation of Tushare's `pro_bar`. A table
 * without a previous close names only `dataset`, `factor` and `prices`.
 *
 * @example
 * ```ts
 * import type { AdjustmentRule } from '@stockdb/contract'
 * const adjustment: AdjustmentRule = { dataset: 'adj_factor', factor: 'adj_factor', prices: ['open', 'high', 'low', 'close'] }
 * ```
 */
export type AdjustmentRule = FactorRule & (ChangeRule | NoChangeRule)

/** Throws a `TypeError` for an invalid rule. */
export function checkAdjustment(rule: AdjustmentRule, declaration: Declaration): void {
  const { need, fail } = declaration
  const { prices, change, percentChange, close, previousClose, previousCloseIs } = rule
  if (!declaration.symbol || !declaration.date) fail('adjustment requires symbol and date fields')
  if (!Array.isArray(prices) || prices.length === 0) fail('adjustment has no prices')
  refuseRepeats(declaration, 'adjustment.prices', prices)
  for (const name of prices) need('adjustment', name, 'float64')
  for (const name of [change, percentChange]) if (name !== undefined) need('adjustment', name, 'float64')
  if (close === undefined && previousClose === undefined && previousCloseIs === undefined) {
    const computed = change ?? percentChange
    if (computed !== undefined)
      fail(`adjustment computes ${computed} from a close and a previous close: name close and previousClose`)
    return
  }
  for (const name of [close, previousClose]) {
    need('adjustment', name, 'float64')
    if (!prices.includes(name as string)) fail(`adjustment computes with ${name}: name it among its prices`)
  }
  for (const name of [change, percentChange])
    if (name !== undefined && prices.includes(name))
      fail(`adjustment recomputes ${name}: it cannot be one of the prices`)
  if (previousCloseIs === 'raw' && dateTypeOf(declaration) === 'datetime')
    fail('adjustment.previousCloseIs: "raw" refers to the previous day, and the rows have a time')
  if (previousCloseIs !== 'ex-rights' && previousCloseIs !== 'raw') {
    fail(
      `adjustment.previousCloseIs: got ${String(previousCloseIs)}; expected "ex-rights" (on the scale of its own row's day, as Tushare's pre_close) or "raw" (the previous close as traded)`,
    )
  }
}
