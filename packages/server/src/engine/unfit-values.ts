import { dateOf, fieldTypes } from '@stockdb/contract/internal'
import { StockdbError } from '@stockdb/contract/wire'
import type { ReadColumn } from './engine.ts'

const SHOWN_CHARACTERS = 60

/** A value that its field cannot hold: possible where the table is not of our making, and in SQLite, where a column takes any value. */
export function unfit(
  column: ReadColumn,
  value: unknown,
  columns: readonly ReadColumn[],
  row: readonly unknown[],
): StockdbError {
  const { type, dateFormat } = column
  const expected = dateFormat === undefined ? `${type}: ${fieldTypes[type].expected}` : `a ${type} as ${dateFormat}`
  return new StockdbError(
    'SCHEMA_MISMATCH',
    `${placeOf(column)}: got ${shown(value)}${rowKey(columns, row)}; expected ${expected}`,
  )
}

/** A null in a field that is declared without. */
export function noNullIn(column: ReadColumn, columns: readonly ReadColumn[], row: readonly unknown[]): StockdbError {
  return new StockdbError(
    'SCHEMA_MISMATCH',
    `${placeOf(column)}: got null${rowKey(columns, row)}; the field is declared never null`,
  )
}

function placeOf({ name, source }: ReadColumn): string {
  return source ? `table ${source.table}, column ${source.column}` : `column ${name}`
}

/** The fields of the key that are in the row, as the database holds them. */
function rowKey(columns: readonly ReadColumn[], row: readonly unknown[]): string {
  const parts = columns.flatMap(({ type, dateFormat, source }, at) => {
    if (!source?.key) return []
    const value = row[at]
    const isDays = type === 'date' && dateFormat === undefined && typeof value === 'number'
    return [`${source.column} = ${isDays ? dateOf(value) : shown(value)}`]
  })
  return parts.length === 0 ? '' : ` in the row ${parts.join(', ')}`
}

/** A value for people, bounded. */
export function shown(value: unknown): string {
  if (value === null || value === undefined) return 'null'
  if (typeof value === 'object') return 'bytes'
  const text = String(value)
  const cut = text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text
  return typeof value === 'string' ? JSON.stringify(cut) : cut
}
