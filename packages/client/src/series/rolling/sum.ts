import { doubles, type Numbers } from '../numbers.ts'
import { minPeriodsOf, type RollingOptions } from './window.ts'

/**
 * The mean of the last `window` values, at each of them.
 *
 * Only values of the window enter a result: a large number or a NaN that has left it leaves no trace.
 *
 * @param window - how many values, the current one included
 * @param options - `minPeriods`
 * @throws `RangeError` for an invalid window
 * @example
 * ```ts
 * rollingMean([1, 2, 3, 4], 3) // Float64Array [NaN, NaN, 2, 3]
 * ```
 */
export function rollingMean(values: Numbers, window: number, options?: RollingOptions): Float64Array {
  return windowSums(doubles(values), window, minPeriodsOf(window, options), true)
}

/**
 * The sum of the last `window` values, at each of them; see {@link rollingMean}.
 *
 * @param window - how many values, the current one included
 * @param options - `minPeriods`
 * @throws `RangeError` for an invalid window
 * @example
 * ```ts
 * rollingSum([1, 2, 3, 4], 3) // Float64Array [NaN, NaN, 6, 9]
 * ```
 */
export function rollingSum(values: Numbers, window: number, options?: RollingOptions): Float64Array {
  return windowSums(doubles(values), window, minPeriodsOf(window, options), false)
}

/**
 * Sums of windows that are never subtracted from. The values are divided into blocks as long as the window. Every window is the
 * end of one block and the start of the next, so its sum is that of an end, summed backwards, and of a start, summed forwards. A
 * running sum, which subtracts what leaves the window, would keep the rounding error of every value that it ever saw.
 *
 * The rounding errors of the additions are summed beside them (Knuth's TwoSum).
 */
function windowSums(values: Float64Array, window: number, minPeriods: number, divide: boolean): Float64Array {
  const { length } = values
  const out = new Float64Array(length)
  const size = Math.min(window, length)
  /** Of the block before: the sum from a place to the block's end, and its rounding error. */
  const ends = new Float64Array(size + 1)
  const endErrors = new Float64Array(size + 1)
  let count = 0
  for (let start = 0; start < length; start += size) {
    const stop = Math.min(start + size, length)
    let sum = 0
    let error = 0
    for (let at = start; at < stop; at++) {
      let value = values[at] as number
      if (!Number.isNaN(value)) count++
      else value = 0
      const left = at >= window ? (values[at - window] as number) : Number.NaN
      if (!Number.isNaN(left)) count--
      const next = sum + value
      const part = next - sum
      error += sum - (next - part) + (value - part)
      sum = next
      if (count < minPeriods) {
        out[at] = Number.NaN
        continue
      }
      const place = at - start + 1
      const total = sum + (ends[place] as number)
      const rest = total - sum
      const exact =
        total + (error + (endErrors[place] as number) + (sum - (total - rest) + ((ends[place] as number) - rest)))
      // Where a sum is infinite, its error is not a number.
      const result = !Number.isNaN(exact) ? exact : total
      out[at] = divide ? result / count : result
    }
    sum = 0
    error = 0
    for (let at = stop - 1; at >= start; at--) {
      let value = values[at] as number
      if (Number.isNaN(value)) value = 0
      const next = sum + value
      const part = next - sum
      error += sum - (next - part) + (value - part)
      sum = next
      ends[at - start] = sum
      endErrors[at - start] = error
    }
  }
  return out
}
