import { doubles, type Numbers, present } from './numbers.ts'

/**
 * The mean of the numbers that are not NaN; NaN if there are none.
 *
 * @param values - numbers in order; NaN or null where there is none
 * @example
 * ```ts
 * mean([1, 2, NaN]) // 1.5
 * ```
 */
export function mean(values: Numbers): number {
  const numbers = present(values)
  if (numbers.length === 0) return Number.NaN
  const rough = sumOf(numbers, 0) / numbers.length
  // The second pass removes the rounding errors of the first.
  return Number.isFinite(rough) ? rough + sumOf(numbers, rough) / numbers.length : rough
}

/**
 * The standard deviation of a sample (divided by n − 1), without NaN; NaN for fewer than two numbers.
 *
 * @param values - numbers in order; NaN or null where there is none
 * @example
 * ```ts
 * std([1, 2, 3]) // 1
 * ```
 */
export function std(values: Numbers): number {
  const numbers = present(values)
  if (numbers.length < 2) return Number.NaN
  const center = mean(numbers)
  let squares = 0
  for (let at = 0; at < numbers.length; at++) {
    const deviation = (numbers[at] as number) - center
    squares += deviation * deviation
  }
  return Math.sqrt(squares / (numbers.length - 1))
}

function sumOf(numbers: Float64Array, center: number): number {
  let sum = 0
  for (let at = 0; at < numbers.length; at++) sum += (numbers[at] as number) - center
  return sum
}

/**
 * How many standard deviations each number is above the mean; NaN stays NaN and does not count.
 *
 * If all numbers are equal, every result is NaN.
 *
 * @param values - numbers in order; NaN or null where there is none
 * @example
 * ```ts
 * zScore([1, 2, 3]) // Float64Array [-1, 0, 1]
 * ```
 */
export function zScore(values: Numbers): Float64Array {
  const [center, deviation] = [mean(values), std(values)]
  return doubles(values).map((value) => (value - center) / deviation)
}
