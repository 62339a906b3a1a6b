import { StockdbError } from '@stockdb/contract/wire'
import type { ReadQuery } from './engine.ts'

/** The tables that a query reads, as far as known. */
export function tablesOf({ columns, tables = [] }: Pick<ReadQuery, 'columns' | 'tables'>): string[] {
  return [...new Set([...tables, ...columns.flatMap(({ source }) => (source ? [source.table] : []))])]
}

/** A table has changed since it was checked; the next call checks it again. */
export function tableChanged(tables: readonly string[]): StockdbError {
  return new StockdbError(
    'DATABASE_INTERRUPTED',
    `the table ${tables.join(', ')} was altered since it was last read; try again`,
  )
}

/** The message if a served table was dropped. */
export const missingTable = (table: string): string =>
  `the database has no table ${table} any more; restore it, or remove it from the catalogue`

export const missingColumn = (column: string | undefined): string =>
  `${column === undefined ? 'a column' : `the column ${column}`} of the catalogue is missing in its table; restore it, or remove it from the catalogue`
