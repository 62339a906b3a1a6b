import { checkSameLength, doubles, type Numbers } from '../numbers.ts'
import { minPeriodsOf, type RollingOptions } from './window.ts'

/** What is known of some pairs: how many, both means, and the sums of squares and products of the deviations. */
interface Pairs {
  count: number
  meanX: number
  meanY: number
  squareX: number
  squareY: number
  product: number
}

const noPairs = (): Pairs => ({ count: 0, meanX: 0, meanY: 0, squareX: 0, squareY: 0, product: 0 })

/**
 * Pearson's correlation of the last `window` pairs of two series, at each of them.
 *
 * A pair with a NaN is left out. The result is NaN for fewer than two pairs, or if one series does not change in the window.
 *
 * @param values - numbers in order; NaN or null where there is none
 * @param other - the other series, of the same length
 * @param window - how many pairs, the current one included
 * @param options - `minPeriods`
 * @throws `RangeError` for an invalid window or series of different lengths
 * @example
 * ```ts
 * rollingCorrelation([1, 2, 3, 4], [2, 4, 6, 5], 3) // Float64Array [NaN, NaN, 1, 0.5]
 * ```
 */
export function rollingCorrelation(
  values: Numbers,
  other: Numbers,
  window: number,
  options?: RollingOptions,
): Float64Array {
  checkSameLength(values, other)
  const minPeriods = Math.max(2, minPeriodsOf(window, options))
  const [xs, ys] = [doubles(values), doubles(other)]
  const { length } = xs
  const out = new Float64Array(length).fill(Number.NaN)
  const size = Math.min(window, length)
  // Blocks as in `rollingMean`.
  const ends = Array.from({ length: size + 1 }, noPairs)
  for (let start = 0; start < length; start += size) {
    const stop = Math.min(start + size, length)
    const pairs = noPairs()
    for (let at = start; at < stop; at++) {
      add(pairs, xs[at] as number, ys[at] as number)
      const before = ends[at - start + 1] as Pairs
      if (pairs.count + before.count >= minPeriods) out[at] = correlationOf(pairs, before)
    }
    const from = noPairs()
    for (let at = stop - 1; at >= start; at--) {
      add(from, xs[at] as number, ys[at] as number)
      Object.assign(ends[at - start] as Pairs, from)
    }
  }
  return out
}

function add(pairs: Pairs, x: number, y: number): void {
  if (Number.isNaN(x) || Number.isNaN(y)) return
  pairs.count++
  const [deltaX, deltaY] = [x - pairs.meanX, y - pairs.meanY]
  pairs.meanX += deltaX / pairs.count
  pairs.meanY += deltaY / pairs.count
  pairs.squareX += deltaX * (x - pairs.meanX)
  pairs.squareY += deltaY * (y - pairs.meanY)
  pairs.product += deltaX * (y - pairs.meanY)
}

/** Pearson's correlation of the pairs of two parts together. */
function correlationOf(one: Pairs, two: Pairs): number {
  // An empty part has means of zero, and the share of zero pairs.
  const share = (one.count * two.count) / (one.count + two.count)
  const [deltaX, deltaY] = [one.meanX - two.meanX, one.meanY - two.meanY]
  const squareX = one.squareX + two.squareX + deltaX * deltaX * share
  const squareY = one.squareY + two.squareY + deltaY * deltaY * share
  const product = one.product + two.product + deltaX * deltaY * share
  return bounded(product / (Math.sqrt(squareX) * Math.sqrt(squareY)))
}

/** Rounding may bring a correlation just above 1. */
const bounded = (value: number): number => Math.min(1, Math.max(-1, value))

/** Pearson's correlation of two series; pairs with a NaN are left out. */
export function pearson(xs: Float64Array, ys: Float64Array): number {
  const pairs = noPairs()
  for (let at = 0; at < xs.length; at++) add(pairs, xs[at] as number, ys[at] as number)
  return pairs.count < 2 ? Number.NaN : correlationOf(pairs, noPairs())
}
