import type { DateFormat } from '@stockdb/contract'
import { hasEmpty, parseDecimal, parseWhole, readSymbolAs } from '@stockdb/contract/internal'
import type { ReadColumn } from './engine.ts'

// What a stored value means in a column, whatever the database calls its type; `undefined` if it does not fit.

/** Whether an empty text, or the number 0, stands for no date. */
export const isNoDate = (format: DateFormat | undefined, value: unknown): boolean =>
  format !== undefined && (value === '' || value === 0 || value === 0n) && hasEmpty(format)

/** Whether a value stands for null, as an empty text does in a column of numbers kept as text. */
export const isNull = (column: ReadColumn, value: unknown): boolean =>
  value === null || (value === '' && column.numberFormat !== undefined)

/** SQLite may store numbers as text, and infinities. */
export function numberOf(value: unknown): number | undefined {
  if (typeof value === 'string') return parseDecimal(value)
  if (typeof value === 'bigint') return Number(value)
  return Number.isFinite(value) ? (value as number) : undefined
}

/** An exact 64-bit integer; a larger one would wrap. */
export function longOf(value: unknown): bigint | undefined {
  const whole = Number.isInteger(value) || typeof value === 'bigint'
  const long = typeof value === 'string' ? parseWhole(value) : whole ? BigInt(value as number) : undefined
  return long !== undefined && BigInt.asIntN(64, long) === long ? long : undefined
}

/** True and false as people write them into texts. */
const WORDS: ReadonlyMap<string, 0 | 1> = new Map([
  ['true', 1],
  ['false', 0],
])

/** Filters compare with 0 and 1, so other numbers do not fit. */
export function boolOf(column: ReadColumn, value: unknown): 0 | 1 | undefined {
  const word = column.numberFormat === undefined ? undefined : WORDS.get(String(value).toLowerCase())
  const number = word ?? numberOf(value)
  return number === 0 || number === 1 ? number : undefined
}

export const symbolOf = (column: ReadColumn, value: unknown): string | undefined =>
  column.symbolFormat === undefined ? textOf(column, value) : readSymbolAs(column.symbolFormat, value)

export function textOf(column: ReadColumn, value: unknown): string | undefined {
  if (typeof value === 'string') return value
  if (column.asBytes && Buffer.isBuffer(value)) return value.toString('utf8')
  // Bytes are not text, and an object would become a meaningless text.
  return typeof value === 'object' ? undefined : String(value)
}
