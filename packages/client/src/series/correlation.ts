import type { Panel } from '../frame/panel.ts'
import { checkSameLength, doubles, type Numbers } from './numbers.ts'
import { rank } from './rank.ts'
import { pearson } from './rolling/correlation.ts'

/** Whether numbers or their ranks are correlated. */
export type CorrelationMethod = 'pearson' | 'spearman'

/**
 * The correlation of two series, of the pairs without NaN; NaN for fewer than two pairs, or if one series does not change.
 *
 * @param values - numbers in order; NaN or null where there is none
 * @param other - the other series, of the same length
 * @param method - `'pearson'` (the default), or `'spearman'` for the ranks, equal numbers by their average rank
 * @throws `RangeError` for series of different lengths
 * @example
 * ```ts
 * correlation([1, 2, 3, NaN], [1, 4, 9, 16], 'spearman') // 1
 * ```
 */
export function correlation(values: Numbers, other: Numbers, method: CorrelationMethod = 'pearson'): number {
  if (method !== 'pearson' && method !== 'spearman')
    throw new TypeError(`method: got ${String(method)}; expected pearson or spearman`)
  checkSameLength(values, other)
  const [xs, ys] = [doubles(values), doubles(other)]
  if (method === 'pearson') return pearson(xs, ys)
  const paired = (_: number, at: number): boolean => !Number.isNaN(xs[at]) && !Number.isNaN(ys[at])
  return pearson(rank(xs.filter(paired)), rank(ys.filter(paired)))
}

/**
 * The information coefficient of a factor: on each date, its correlation over the symbols with the returns that followed.
 *
 * @param factor - the factor as it was known on each date
 * @param forwardReturns - the returns after each date, with the same dates and symbols
 * @param method - `'spearman'` (the default), or `'pearson'`
 * @returns a number for each date; NaN where fewer than two symbols have both numbers
 * @throws `RangeError` if dates or symbols differ; `align` makes them equal
 * @example
 * ```ts
 * const { panels } = await db.daily.panel({ start: '2024-01-01', end: '2024-12-31', fields: ['close'], adjust: 'hfq' })
 * const momentum = panels.close.bySymbol((close) => returns(close, 20))
 * const ic = informationCoefficient(momentum, panels.close.bySymbol((close) => shift(returns(close, 5), -5)))
 * ```
 */
export function informationCoefficient(
  factor: Panel,
  forwardReturns: Panel,
  method: CorrelationMethod = 'spearman',
): Float64Array {
  // Throws for panels of different shapes.
  const { values } = forwardReturns.zip(factor, (value) => value)
  return Float64Array.from(values, (row, date) => correlation(factor.values[date] as Float64Array, row, method))
}
