import { doubles, type Numbers } from '../numbers.ts'
import { minPeriodsOf, type RollingOptions } from './window.ts'

/**
 * The standard deviation of the last `window` values (divided by n − 1), at each of them; NaN for fewer than two numbers.
 *
 * Only values of the window enter a result, so windows of equal values have exactly 0.
 *
 * @param values - numbers in order; NaN or null where there is none
 * @param window - how many values, the current one included
 * @param options - `minPeriods`
 * @throws `RangeError` for an invalid window
 * @example
 * ```ts
 * rollingStd([1, 2, 3, 3, 3], 3) // Float64Array [NaN, NaN, 1, 0.577…, 0]
 * ```
 */
export function rollingStd(values: Numbers, window: number, options?: RollingOptions): Float64Array {
  const minPeriods = Math.max(2, minPeriodsOf(window, options))
  const numbers = doubles(values)
  const { length } = numbers
  const out = new Float64Array(length).fill(Number.NaN)
  const size = Math.min(window, length)
  // Blocks as in `rollingMean`; of the ends of a block: how many numbers, their mean, the sum of their squared deviations.
  const counts = new Float64Array(size + 1)
  const means = new Float64Array(size + 1)
  const squares = new Float64Array(size + 1)
  for (let start = 0; start < length; start += size) {
    const stop = Math.min(start + size, length)
    let count = 0
    let mean = 0
    let square = 0
    for (let at = start; at < stop; at++) {
      const value = numbers[at] as number
      if (!Number.isNaN(value)) {
        count++
        const delta = value - mean
        mean += delta / count
        square += delta * (value - mean)
      }
      const place = at - start + 1
      const before = counts[place] as number
      const all = count + before
      if (all < minPeriods) continue
      const delta = (means[place] as number) - mean
      // One part may be empty, and its mean is then without meaning.
      const between = count > 0 && before > 0 ? (delta * delta * count * before) / all : 0
      out[at] = Math.sqrt((square + (squares[place] as number) + between) / (all - 1))
    }
    count = mean = square = 0
    for (let at = stop - 1; at >= start; at--) {
      const value = numbers[at] as number
      if (!Number.isNaN(value)) {
        count++
        const delta = value - mean
        mean += delta / count
        square += delta * (value - mean)
      }
      counts[at - start] = count
      means[at - start] = mean
      squares[at - start] = square
    }
  }
  return out
}
