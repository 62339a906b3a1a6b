import { doubles, type Numbers, present } from './numbers.ts'

/**
 * The value below which a share `p` of the numbers lies, interpolated linearly as in NumPy and Excel; NaN does not count.
 *
 * @param values - numbers in order; NaN or null where there is none
 * @param p - from 0, the smallest number, to 1, the largest
 * @throws `RangeError` for another `p`
 * @example
 * ```ts
 * quantile([1, 2, 3, 4], 0.5) // 2.5
 * ```
 */
export function quantile(values: Numbers, p: number): number {
  return quantiles(values, [p])[0] as number
}

/** Several quantiles of the same numbers, which are sorted once. */
export function quantiles(values: Numbers, ps: readonly number[]): number[] {
  const sorted = present(values).sort()
  return ps.map((p) => {
    if (!(p >= 0 && p <= 1)) throw new RangeError(`p: got ${p}; expected a number from 0 to 1`)
    const place = (sorted.length - 1) * p
    const [low, high] = [sorted[Math.floor(place)], sorted[Math.ceil(place)]]
    if (low === undefined || high === undefined) return Number.NaN
    // Otherwise an infinite neighbour would be multiplied by zero.
    return low === high ? low : low + (high - low) * (place - Math.floor(place))
  })
}

/**
 * Replaces numbers below the lower quantile by it, and those above the upper one; NaN stays NaN.
 *
 * @param values - numbers in order; NaN or null where there is none
 * @param bounds - the quantiles, 0.01 and 0.99 by default
 * @example
 * ```ts
 * winsorize([1, 2, 3, 4, 100], { lower: 0, upper: 0.75 }) // Float64Array [1, 2, 3, 4, 4]
 * ```
 */
export function winsorize(
  values: Numbers,
  { lower = 0.01, upper = 0.99 }: { readonly lower?: number; readonly upper?: number } = {},
): Float64Array {
  if (!(lower <= upper)) throw new RangeError(`lower: got ${lower}; expected at most upper, ${upper}`)
  const [low = Number.NaN, high = Number.NaN] = quantiles(values, [lower, upper])
  return doubles(values).map((value) => Math.min(high, Math.max(low, value)))
}
