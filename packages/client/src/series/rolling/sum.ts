import { doubles, type Numbers } from '../numbers.ts'
import { minPeriodsOf, type RollingOptions } from './window.ts'

/**
 * The mean of the last `window` values, at each of them.
 *
 * Only values of the window enter a result: a large number or a NaN that has left it leaves no trace.
 *
 * @param values - numbers in order; NaN or null where there is none
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
 * @param values - numbers in order; NaN or null where there is none
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
 * The rounding errors of the additions are summed separately (Knuth's TwoSum).
 */
function windowSums(values: Float64Array, window: number, minPeriods: number, divide: boolean): Float64Array {
  const { length } = values
  const out = new Float64Array(length)
  const size = Math.min(window, length)
  const before: Ends = { sums: new Float64Array(size + 1), errors: new Float64Array(size + 1) }
  let wholeBefore = false
  for (let start = 0; start < length; start += size) {
    const stop = Math.min(start + size, length)
    if (!wholeBefore || !addWhole(values, out, start, stop, before, divide ? window : 1))
      addNumbers(values, out, start, stop, before, { window, minPeriods, divide })
    wholeBefore = sumEnds(values, start, stop, before)
  }
  return out
}

/** Of a block: the sums from each place to its end, and their rounding errors. */
interface Ends {
  readonly sums: Float64Array
  readonly errors: Float64Array
}

/**
 * The windows that end in a block, if every value in them is a finite number; else returns false, and its results are not valid.
 * It decides nothing in its loop, which takes two thirds of the time of the other one.
 */
function addWhole(
  values: Float64Array,
  out: Float64Array,
  start: number,
  stop: number,
  { sums, errors }: Ends,
  divisor: number,
): boolean {
  let sum = 0
  let error = 0
  let all = 0
  for (let at = start, place = 1; at < stop; at++, place++) {
    const value = values[at] as number
    const next = sum + value
    const part = next - sum
    error += sum - (next - part) + (value - part)
    sum = next
    const end = sums[place] as number
    const total = sum + end
    const rest = total - sum
    const result = (total + (error + (errors[place] as number) + (sum - (total - rest) + (end - rest)))) / divisor
    out[at] = result
    all += result
  }
  // Whatever is not finite stays in a sum.
  return Number.isFinite(all)
}

/** The windows that end in a block, of which some may have NaN, or are not full yet. */
function addNumbers(
  values: Float64Array,
  out: Float64Array,
  start: number,
  stop: number,
  { sums, errors }: Ends,
  { window, minPeriods, divide }: { window: number; minPeriods: number; divide: boolean },
): void {
  let count = 0
  for (let at = Math.max(0, start - window); at < start; at++) if (!Number.isNaN(values[at])) count++
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
    const end = sums[place] as number
    const total = sum + end
    const rest = total - sum
    const exact = total + (error + (errors[place] as number) + (sum - (total - rest) + (end - rest)))
    // Where a sum is infinite, its error is not a number.
    const result = !Number.isNaN(exact) ? exact : total
    out[at] = divide ? result / count : result
  }
}

/** Sums the ends of a block, NaN left out; returns whether there was none. */
function sumEnds(values: Float64Array, start: number, stop: number, { sums, errors }: Ends): boolean {
  let whole = true
  let sum = 0
  let error = 0
  for (let at = stop - 1; at >= start; at--) {
    let value = values[at] as number
    if (Number.isNaN(value)) {
      value = 0
      whole = false
    }
    const next = sum + value
    const part = next - sum
    error += sum - (next - part) + (value - part)
    sum = next
    sums[at - start] = sum
    errors[at - start] = error
  }
  return whole
}
