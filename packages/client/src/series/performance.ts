import { mean, std } from './moments.ts'
import { doubles, type Numbers, present } from './numbers.ts'

/**
 * How far each value is below the highest so far: 0 at a new high, −0.2 a fifth below it; NaN stays NaN.
 *
 * @param values - prices or wealth, not returns
 * @example
 * ```ts
 * drawdown([10, 12, 9]) // Float64Array [0, 0, -0.25]
 * ```
 */
export function drawdown(values: Numbers): Float64Array {
  let high = Number.NaN
  return doubles(values).map((value) => {
    if (!(value <= high) && !Number.isNaN(value)) high = value
    return value / high - 1
  })
}

/**
 * The deepest drawdown of a series of values, as a negative number; NaN if there are no values.
 *
 * @param values - prices or wealth, not returns
 * @example
 * ```ts
 * maxDrawdown([10, 12, 9, 13]) // -0.25
 * ```
 */
export function maxDrawdown(values: Numbers): number {
  const numbers = present(drawdown(values))
  return numbers.length === 0 ? Number.NaN : numbers.reduce((least, value) => Math.min(least, value), 0)
}

/**
 * The return a year that compounds to the same result as the returns of the periods; NaN is left out.
 *
 * @param returns - simple returns, one for each period, such as those of `returns`
 * @param periodsPerYear - 12 for monthly returns; for daily ones the trading days of a year, 242 in China, 252 in the US
 * @example
 * ```ts
 * annualizedReturn([0.01, 0.01], 12) // 0.1268…
 * ```
 */
export function annualizedReturn(returns: Numbers, periodsPerYear: number): number {
  checkPeriods(periodsPerYear)
  const numbers = present(returns)
  const growth = numbers.reduce((product, value) => product * (1 + value), 1)
  return numbers.length === 0 ? Number.NaN : growth ** (periodsPerYear / numbers.length) - 1
}

/**
 * The standard deviation of the returns, times the root of the periods of a year.
 *
 * @param returns - simple returns, one for each period, such as those of `returns`
 * @param periodsPerYear - as for {@link annualizedReturn}
 * @example
 * ```ts
 * annualizedVolatility([0.01, -0.01, 0.02], 242)
 * ```
 */
export function annualizedVolatility(returns: Numbers, periodsPerYear: number): number {
  checkPeriods(periodsPerYear)
  return std(returns) * Math.sqrt(periodsPerYear)
}

/**
 * The Sharpe ratio of a year: mean return above the riskless one, over its standard deviation, times the root of the periods.
 *
 * @param returns - simple returns, one for each period, such as those of `returns`
 * @param periodsPerYear - as for {@link annualizedReturn}
 * @param risklessRate - the riskless return of a year, 0 by default
 * @example
 * ```ts
 * sharpeRatio([0.01, -0.01, 0.02], 242, 0.02)
 * ```
 */
export function sharpeRatio(returns: Numbers, periodsPerYear: number, risklessRate = 0): number {
  checkPeriods(periodsPerYear)
  return ((mean(returns) - risklessRate / periodsPerYear) / std(returns)) * Math.sqrt(periodsPerYear)
}

function checkPeriods(periodsPerYear: number): void {
  if (!(periodsPerYear > 0)) throw new RangeError(`periodsPerYear: got ${periodsPerYear}; expected a number above 0`)
}
