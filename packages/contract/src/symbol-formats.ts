import { parseSymbol, writeSymbol } from './symbols/notations.ts'

/**
 * How a column stores the code of a security, where that is not the code itself. Stored values and codes belong together one to
 * one, and have the same order.
 */
export type SymbolFormat = 'number' | 'number+exchange' | 'code+exchange'

export const symbolFormats: readonly SymbolFormat[] = ['number', 'number+exchange', 'code+exchange']

/** The code that a stored value is, with its exchange by the first digits of stocks; `undefined` for anything else. */
export function readSymbolAs(format: SymbolFormat, value: unknown): string | undefined {
  const stored = typeof value === 'string' ? value : String(value)
  const digits = format === 'code+exchange' || !/^\d{1,6}$/.test(stored) ? stored : stored.padStart(6, '0')
  if (!/^\d{6}$/.test(digits)) return undefined
  if (format === 'number') return digits
  const parsed = parseSymbol(digits)
  return parsed && writeSymbol(parsed, 'tushare')
}

/** What a code is compared as; a value that no row has, for a code that the column cannot store. */
export function writeSymbolAs(format: SymbolFormat, code: string): string {
  const digits = code.slice(0, 6)
  const isStored = readSymbolAs(format, digits) === code
  if (format === 'code+exchange') return isStored ? digits : '-'
  return isStored ? String(Number(digits)) : '-1'
}
