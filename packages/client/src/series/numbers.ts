/** What a function of series takes: numbers in order, NaN or null where there is none. */
export type Numbers = ArrayLike<number | null>

/** The numbers as doubles, NaN for null; a `Float64Array` is used as it is. */
export function doubles(values: Numbers): Float64Array {
  return values instanceof Float64Array ? values : Float64Array.from(values, (value) => value ?? Number.NaN)
}

/** The numbers without NaN, in a new array. */
export function present(values: Numbers): Float64Array {
  const numbers = doubles(values)
  const kept = new Float64Array(numbers.length)
  let count = 0
  // A loop takes a quarter of the time of `filter`.
  for (let at = 0; at < numbers.length; at++) {
    const value = numbers[at] as number
    if (!Number.isNaN(value)) kept[count++] = value
  }
  return kept.subarray(0, count)
}

/** Throws a `RangeError` for series that do not belong together. */
export function checkSameLength(one: Numbers, other: Numbers): void {
  if (one.length !== other.length)
    throw new RangeError(`other: got ${other.length} values; expected ${one.length}, as many as the first series has`)
}

/** Throws a `RangeError` for what is not a whole number of at least `least`. */
export function checkWhole(name: string, value: number, least = Number.NEGATIVE_INFINITY): void {
  if (Number.isInteger(value) && value >= least) return
  const from = Number.isFinite(least) ? `, ${least} or more` : ''
  throw new RangeError(`${name}: got ${value}; expected a whole number${from}`)
}
