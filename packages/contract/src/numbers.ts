const DECIMAL_FORM = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/
/** A decimal with a digit other than 0 before its exponent. */
const NOT_ZERO = /^[^eE]*[1-9]/
const WHOLE_FORM = /^[+-]?\d+(?:\.0*)?$/
/** At most 15 digits and a point: the digits and the power of ten are exact doubles. */
const EXACT_LENGTH = 16
const [ZERO, NINE, POINT, MINUS] = [48, 57, 46, 45]

/**
 * Parses a decimal number to a double: `10.52`, `.5`, `-1e3`; `undefined` for anything else. `Number()` is too lenient:
 * it reads `' '` as 0, `'0x10'` as 16, and accepts `'Infinity'`. Numbers beyond the range of doubles are refused,
 * including `1e-400`, which would become 0.
 */
export function parseDecimal(text: string): number | undefined {
  const { length } = text
  if (length > EXACT_LENGTH) return parseLong(text)
  const negative = text.charCodeAt(0) === MINUS
  let whole = 0
  let scale = 0
  let digits = 0
  for (let at = negative ? 1 : 0; at < length; at++) {
    const code = text.charCodeAt(at)
    if (code >= ZERO && code <= NINE) {
      whole = whole * 10 + (code - ZERO)
      scale *= 10
      digits++
    } else if (code === POINT && scale === 0) scale = 1
    else return parseLong(text)
  }
  if (digits === 0 || digits === EXACT_LENGTH) return parseLong(text)
  const value = scale > 1 ? whole / scale : whole
  return negative ? -value : value
}

/** A decimal number with any number of digits. */
function parseLong(text: string): number | undefined {
  if (!DECIMAL_FORM.test(text)) return undefined
  const value = Number(text)
  if (value === 0 && NOT_ZERO.test(text)) return undefined
  return Number.isFinite(value) ? value : undefined
}

/** Parses an integer, with zeros allowed after a point: `12`, `-3`, `100.0`; `undefined` for anything else. */
export function parseWhole(text: string): bigint | undefined {
  return WHOLE_FORM.test(text) ? BigInt(text.replace(/\.0*$/, '').replace(/^\+/, '')) : undefined
}
