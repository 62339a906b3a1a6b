import { StockdbError } from '../errors.ts'
import { show } from '../show.ts'
import { type Notation, notations, parseSymbol, writeSymbol } from './notations.ts'

const EXPECTED =
  'a code of six digits, with its exchange or alone, such as 000001.SZ, 000001.XSHE, sz.000001, sz000001 or 000001.SZSE'

/**
 * Writes a code of mainland China in another notation, Tushare's by default; the client's function of this name says
 * which. Throws a `StockdbError` with the code `INVALID_INPUT` for text that is no such code.
 */
export function normalizeSymbol(text: string, { to = 'tushare' }: { readonly to?: Notation | undefined } = {}): string {
  if (!notations.includes(to))
    throw new StockdbError('INVALID_INPUT', `to: got ${show(to)}; expected one of ${notations.join(', ')}`)
  const parsed = typeof text === 'string' ? parseSymbol(text.trim()) : undefined
  if (!parsed) throw new StockdbError('INVALID_INPUT', `symbol: got ${show(text)}; expected ${EXPECTED}`)
  return writeSymbol(parsed, to)
}
