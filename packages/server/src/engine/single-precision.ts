/** Digits of a decimal that every float keeps, and digits that tell all floats apart. */
const KEPT_DIGITS = 6
const ALL_DIGITS = 9
/** Powers of ten that a double holds exactly. */
const TENS = Float64Array.from({ length: 23 }, (_, power) => Number(`1e${power}`))
/** Between these, every power of ten that is needed is exact. */
const [LEAST, GREATEST] = [1e-14, 1e27]
/** By the exponent in the bits of a float: the decimal exponent of its least value, and where the next one begins. */
const DECIMAL_EXPONENTS = Int8Array.from({ length: 256 }, (_, bits) => Math.floor(Math.log10(2 ** (bits - 127))))
const NEXT_TENS = Float64Array.from(DECIMAL_EXPONENTS, (decimal) => Number(`1e${decimal + 1}`))

const float = new Float32Array(1)
const floatBits = new Uint32Array(float.buffer)

/**
 * The shortest decimal that rounds to this float, as a double. A FLOAT column keeps 10.52 as the four bytes of
 * 10.520000457763672; what was written is the shortest decimal that has these bytes.
 */
export function shortestOf(single: number): number {
  const size = Math.abs(single)
  // Prices have two places: of decimals of six digits at most no other one rounds to the same float.
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
    // Below a power of two floats are twice as close as above: there the nearest decimal may miss where the next one fits.
    if (Math.fround(short) !== size && (bits & 0x7f_ff_ff) === 0) short = scaled(whole + 1, -places)
    if (Math.fround(short) === size) return single < 0 ? -short : short
  }
  const places = ALL_DIGITS - 1 - decimal
  const short = scaled(Math.round(scaled(size, places)), -places)
  return single < 0 ? -short : short
}

/** Brings every value of a column to {@link shortestOf} it. */
export function shorten(values: Float64Array, rows: number): void {
  for (let row = 0; row < rows; row++) values[row] = shortestOf(values[row] as number)
}

/**
 * What a FLOAT column is compared with: the float nearest to a number, because nothing else can stand in the column. A
 * number beyond the floats stays as it is: no value equals it, and all are on the same side of it.
 */
export function nearestFloat(value: number): number {
  const nearest = Math.fround(value)
  return Number.isFinite(nearest) ? nearest : value
}

const scaled = (value: number, places: number): number =>
  places < 0 ? value / (TENS[-places] as number) : value * (TENS[places] as number)

/** Zeros, nulls, and sizes that no market has. */
function rareOf(single: number): number {
  if (single === 0 || !Number.isFinite(single)) return single
  for (let digits = 1; digits < ALL_DIGITS; digits++) {
    const short = Number(single.toPrecision(digits))
    if (Math.fround(short) === single) return short
  }
  return Number(single.toPrecision(ALL_DIGITS))
}
