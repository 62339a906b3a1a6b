import { notations, parseSymbol, writeSymbol } from './notations.ts'

/** Separators between codes in one text. */
const SEPARATORS = /[,;|]+/

/** The codes of a text with several, `000001.SZ,000002.SZ`; `undefined` for a single code. */
export function severalSymbols(text: string): readonly string[] | undefined {
  const parts = text.split(SEPARATORS).filter((part) => part !== '')
  return parts.length > 1 ? parts : undefined
}

/**
 * Alternative spellings of a code, likeliest first: in every notation, in either case, on every exchange if it names
 * none, and without one. The caller must look up which of them exist.
 */
export function similarSymbols(text: string): readonly string[] {
  const parsed = parseSymbol(text)
  const named = parsed && !/^\d{6}$/.test(text)
  const places = parsed
    ? [parsed, ...(named ? [] : (['SH', 'SZ', 'BJ'] as const).map((exchange) => ({ code: parsed.code, exchange })))]
    : []
  const written = places.flatMap((place) => notations.map((notation) => writeSymbol(place, notation)))
  const all = [...written, ...(parsed ? [parsed.code] : []), ...inOtherCases(text)]
  const both = all.flatMap((code) => [code, code.toUpperCase()])
  return [...new Set(both)].filter((code) => code !== text)
}

/** A code in capital and in small letters, with its exchange as it is and alike: futures are `rb2410.SHFE`. */
function inOtherCases(text: string): readonly string[] {
  const at = text.lastIndexOf('.')
  const [code, exchange] = at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at)]
  const codes = [code.toUpperCase(), code.toLowerCase()]
  return codes.flatMap((one) => [one + exchange, one + exchange.toUpperCase(), one + exchange.toLowerCase()])
}
