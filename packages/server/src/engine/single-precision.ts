/** Digits of a decimal that every float preserves, and digits that distinguish all floats. */
const KEPT_DIGITS = 6
const ALL_DIGITS = 9
/** Powers of ten that are exact doubles. */
const TENS = Float64Array.from({ length: 23 }, (_, power) => Number(`1e${power}`))
/** Within this range, every power of ten needed is exact. */
const [LEAST, GREATEST] = [1e-14, 1e27]
/** By the binary exponent of a float: the decimal exponent of its least value, and where the next one begins. */
const DECIMAL_EXPONENTS = Int8Array.from({ length: 256 }, (_, bits) => Math.floor(Math.log10(2 ** (bits - 127))))
const NEXT_TENS = Float64Array.from(DECIMAL_EXPONENTS, (decimal) => Number(`1e${decimal + 1}`))

const float = new Float32Array(1)
const floatBits = new Uint32Array(float.buffer)

/**
 * The shortest decimal that rounds to this float, as a double. A FLOAT column stores 10.52 as the four bytes of
 * 10.520000457763672; the written value is the shortest decimal with these bytes.
 */
export function shortestOf(single: number): number {
  const size = Math.abs(single)
  // Prices have two decimals: no two decimals of at most six digits round to the same float.
  if (size < 10_000 && size > 0) {
    const cents = Math.round(size * 100) / 100
    if (Math.fround(cents) === size) return single < 0 ? -cents : cents
  }
  if (!(size >= LEAST && size < GREATEST)) return rareOf(single)
  float[0] = size
  const bits = floatBits[0] as number
  const exponent = bits >>> 23
  const decimal = (DECIMAL_EXPONENTS[exponent] as number) + (size >= (NEXT_TENS[exponent] as number) ? 1 : 0)
  for (let digits = KEPT_DIGITS; digits < ALL_DIGITS; digits++) {
    const places = digits - 1 - decimal
    const whole = Math.round(scaled(size, places))
    let short = scaled(whole, -places)
    // Below a power of two floats are twice as dense as above: there the nearest decimal may not round back, but the
    // next one does.
    if (Math.fround(short) !== size && (bits & 0x7f_ff_ff) === 0) short = scaled(whole + 1, -places)
    if (Math.fround(short) === size) return single < 0 ? -short : short
  }
  const places = ALL_DIGITS - 1 - decimal
  const short = scaled(Math.round(scaled(size, places)), -places)
  return single < 0 ? -short : short
}

/** Applies {@link shortestOf} to every value of a column. */
export function shorten(values: Float64Array, rows: number): void {
  for (let row = 0; row < rows; row++) values[row] = shortestOf(values[row] as number)
}

/**
 * The value to compare with a FLOAT column: the float nearest to a number, because the column holds only floats. A
 * number beyond their range is kept: no value equals it, and all are on the same side.
 */
export function nearestFloat(value: number): number {
  const nearest = Math.fround(value)
  return Number.isFinite(nearest) ? nearest : value
}

const scaled = (value: number, places: number): number =>
  places < 0 ? value / (TENS[-places] as number) : value * (TENS[places] as number)

/** Zeros, nulls, and extreme values. */
function rareOf(single: number): number {
  if (single === 0 || !Number.isFinite(single)) return single
  for (let digits = 1; digits < ALL_DIGITS; digits++) {
    const short = Number(single.toPrecision(digits))
    if (Math.fround(short) === single) return short
  }
  return Number(single.toPrecision(ALL_DIGITS))
}
