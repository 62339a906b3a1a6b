import { checkWhole, doubles, type Numbers } from './numbers.ts'

/**
 * The return over the last `periods` values: `value / earlier − 1`; NaN where either is NaN or missing.
 *
 * Gaps are not filled, unlike in `pct_change` of pandas by default.
 *
 * @param values - numbers in order; NaN or null where there is none
 * @param periods - how far back the earlier value is, 1 by default
 * @example
 * ```ts
 * returns([10, 11, 12.1]) // Float64Array [NaN, 0.1, 0.1]
 * ```
 */
export function returns(values: Numbers, periods = 1): Float64Array {
  return pairwise(values, periods, (value, earlier) => value / earlier - 1)
}

/**
 * The logarithmic return over the last `periods` values: `ln(value / earlier)`.
 *
 * @param values - numbers in order; NaN or null where there is none
 * @param periods - how far back the earlier value is, 1 by default
 * @example
 * ```ts
 * logReturns([1, Math.E]) // Float64Array [NaN, 1]
 * ```
 */
export function logReturns(values: Numbers, periods = 1): Float64Array {
  return pairwise(values, periods, (value, earlier) => Math.log(value / earlier))
}

/**
 * The difference to the value `periods` earlier.
 *
 * @param values - numbers in order; NaN or null where there is none
 * @param periods - how far back the earlier value is, 1 by default
 * @example
 * ```ts
 * diff([10, 12, 11]) // Float64Array [NaN, 2, -1]
 * ```
 */
export function diff(values: Numbers, periods = 1): Float64Array {
  return pairwise(values, periods, (value, earlier) => value - earlier)
}

/**
 * Moves the values to later places, to earlier ones if `periods` is negative; places without a value are NaN.
 *
 * @param values - numbers in order; NaN or null where there is none
 * @param periods - how far, 1 by default
 * @example
 * ```ts
 * shift([1, 2, 3], -1) // Float64Array [2, 3, NaN]
 * ```
 */
export function shift(values: Numbers, periods = 1): Float64Array {
  checkWhole('periods', periods)
  const numbers = doubles(values)
  return numbers.map((_, at) => numbers[at - periods] ?? Number.NaN)
}

/**
 * What 1 grows to by returns, one after the other: the product of `1 + return`.
 *
 * A NaN stays NaN, and the next number continues from before it.
 *
 * @param values - simple returns, such as 0.01 for one per cent
 * @example
 * ```ts
 * compound([0.1, NaN, 0.1]) // Float64Array [1.1, NaN, 1.21]
 * ```
 */
export function compound(values: Numbers): Float64Array {
  let product = 1
  return doubles(values).map((value) => {
    if (Number.isNaN(value)) return value
    product *= 1 + value
    return product
  })
}

function pairwise(values: Numbers, periods: number, of: (value: number, earlier: number) => number): Float64Array {
  checkWhole('periods', periods, 1)
  const numbers = doubles(values)
  const made = new Float64Array(numbers.length).fill(Number.NaN)
  for (let at = periods; at < made.length; at++) made[at] = of(numbers[at] as number, numbers[at - periods] as number)
  return made
}
