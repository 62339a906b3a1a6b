import { doubles, type Numbers } from '../numbers.ts'
import { minPeriodsOf, type RollingOptions } from './window.ts'

/**
 * The smallest of the last `window` values, at each of them.
 *
 * @param values - numbers in order; NaN or null where there is none
 * @param window - how many values, the current one included
 * @param options - `minPeriods`
 * @throws `RangeError` for an invalid window
 * @example
 * ```ts
 * rollingMin([3, 1, 2, 4], 2) // Float64Array [NaN, 1, 1, 2]
 * ```
 */
export function rollingMin(values: Numbers, window: number, options?: RollingOptions): Float64Array {
  return extremes(doubles(values), window, minPeriodsOf(window, options), -1)
}

/**
 * The largest of the last `window` values, at each of them.
 *
 * @param values - numbers in order; NaN or null where there is none
 * @param window - how many values, the current one included
 * @param options - `minPeriods`
 * @throws `RangeError` for an invalid window
 * @example
 * ```ts
 * rollingMax([3, 1, 2, 4], 2) // Float64Array [NaN, 3, 2, 4]
 * ```
 */
export function rollingMax(values: Numbers, window: number, options?: RollingOptions): Float64Array {
  return extremes(doubles(values), window, minPeriodsOf(window, options), 1)
}

/** Van Herk's algorithm: blocks as in `rollingMean`, with the largest instead of the sum; the smallest for a `sign` of −1. */
function extremes(values: Float64Array, window: number, minPeriods: number, sign: 1 | -1): Float64Array {
  const { length } = values
  const out = new Float64Array(length)
  const size = Math.min(window, length)
  const ends = new Float64Array(size + 1).fill(Number.NEGATIVE_INFINITY)
  let count = 0
  for (let start = 0; start < length; start += size) {
    const stop = Math.min(start + size, length)
    let most = Number.NEGATIVE_INFINITY
    for (let at = start; at < stop; at++) {
      const value = (values[at] as number) * sign
      if (!Number.isNaN(value)) count++
      if (value > most) most = value
      const left = at >= window ? (values[at - window] as number) : Number.NaN
      if (!Number.isNaN(left)) count--
      const before = ends[at - start + 1] as number
      out[at] = count < minPeriods ? Number.NaN : Math.max(before, most) * sign
    }
    most = Number.NEGATIVE_INFINITY
    for (let at = stop - 1; at >= start; at--) {
      const value = (values[at] as number) * sign
      if (value > most) most = value
      ends[at - start] = most
    }
  }
  return out
}
