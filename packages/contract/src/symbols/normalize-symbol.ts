import { StockdbError } from '../errors.ts'
import { show } from '../show.ts'
import { type Notation, notations, parseSymbol, writeSymbol } from './notations.ts'

const EXPECTED =
  'a code of six digits, with or without its exchange, such as 000001.SZ, 000001.XSHE, sz.000001, sz000001 or 000001.SZSE'

/**
 * Converts a code of mainland China to another notation.
 *
 * @param text - a code in any notation, or six digits
 * @param options - `to`: the notation to write, `tushare` by default
 * @throws `StockdbError` with the code `INVALID_INPUT` for text that is not such a code
 * @example
 * ```ts
 * normalizeSymbol('sz000001', { to: 'joinquant' }) // '000001.XSHE'
 * ```
 */
export function normalizeSymbol(text: string, { to = 'tushare' }: { readonly to?: Notation | undefined } = {}): string {
  if (!notations.includes(to))
    throw new StockdbError('INVALID_INPUT', `to: got ${show(to)}; expected one of ${notations.join(', ')}`)
  const parsed = typeof text === 'string' ? parseSymbol(text.trim()) : undefined
  if (!parsed) throw new StockdbError('INVALID_INPUT', `symbol: got ${show(text)}; expected ${EXPECTED}`)
  return writeSymbol(parsed, to)
}
