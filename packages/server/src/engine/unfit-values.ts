import { dateOf, fieldTypes, wordsOf } from '@stockdb/contract/internal'
import { StockdbError } from '@stockdb/contract/wire'
import type { ReadColumn } from './engine.ts'

const SHOWN_CHARACTERS = 60

/**
 * The error of a value that its field cannot hold: possible in unmanaged tables, and in SQLite, where a column accepts
 * any value.
 */
export function unfit(
  column: ReadColumn,
  value: unknown,
  columns: readonly ReadColumn[],
  row: readonly unknown[],
): StockdbError {
  const { type, dateFormat, numberFormat, symbolFormat } = column
  const form = dateFormat ?? symbolFormat
  const kept = numberFormat === undefined ? '' : ' as a text'
  const expected = form === undefined ? `${type}: ${fieldTypes[type].expected}${kept}` : `a ${type} as ${form}`
  return new StockdbError(
    'SCHEMA_MISMATCH',
    `${placeOf(column)}: got ${shown(value)}${rowKey(columns, row, column.source?.table)}; expected ${expected}`,
  )
}

/** The error of a null in a non-nullable field. */
export function noNullIn(column: ReadColumn, columns: readonly ReadColumn[], row: readonly unknown[]): StockdbError {
  const { source } = column
  if (source?.exchange !== undefined) {
    const { known, ambiguous } = wordsOf(source.exchange.notation)
    const words = known.map(([word]) => word).join(', ')
    const others = ambiguous.length === 0 ? '' : `, but not ${ambiguous.join(', ')}`
    const key = rowKey(
      columns.filter((one) => one !== column),
      row.filter((_, at) => columns[at] !== column),
      source.table,
    )
    return new StockdbError(
      'SCHEMA_MISMATCH',
      `table ${source.table}, columns ${source.column} and ${source.exchange.column}: got no symbol${key}; expected a code and an exchange: ${words}, or another name without a point${others}`,
    )
  }
  return new StockdbError(
    'SCHEMA_MISMATCH',
    `${placeOf(column)}: got null${rowKey(columns, row, source?.table)}; the field is declared never null`,
  )
}

function placeOf({ name, source }: ReadColumn): string {
  return source ? `table ${source.table}, column ${source.column}` : `column ${name}`
}

/** The key fields in the row of a table, with their stored values. */
function rowKey(columns: readonly ReadColumn[], row: readonly unknown[], table: string | undefined): string {
  const parts = columns.flatMap(({ type, dateFormat, source }, at) => {
    if (!source?.key || (table !== undefined && source.table !== table)) return []
    const value = row[at]
    const ofDatabase = dateFormat === undefined || dateFormat === 'DATETIME'
    const isDays = type === 'date' && ofDatabase && typeof value === 'number'
    return [`${source.column} = ${isDays ? dateOf(value) : shown(value)}`]
  })
  return parts.length === 0 ? '' : ` in the row ${parts.join(', ')}`
}

/** A value for messages, of bounded length. */
export function shown(value: unknown): string {
  if (value === null || value === undefined) return 'null'
  if (typeof value === 'object') return 'bytes'
  const text = String(value)
  const cut = text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text
  return typeof value === 'string' ? JSON.stringify(cut) : cut
}
