import { StockdbError } from '@stockdb/contract/wire'
import type { ReadQuery } from './engine.ts'

/** The tables that a query reads, as far as is known. */
export function tablesOf({ columns, tables = [] }: Pick<ReadQuery, 'columns' | 'tables'>): string[] {
  return [...new Set([...tables, ...columns.flatMap(({ source }) => (source ? [source.table] : []))])]
}

/** A table has changed since it was inspected; the next call inspects it again. */
export function tableChanged(tables: readonly string[]): StockdbError {
  return new StockdbError(
    'DATABASE_INTERRUPTED',
    `the table ${tables.join(', ')} was altered since it was last read; ask again`,
  )
}

/** What is said when a table is gone while it is served. */
export const missingTable = (table: string): string =>
  `the database has no table ${table} any more; put it back, or take it out of the catalogue`

export const missingColumn = (column: string | undefined): string =>
  `${column === undefined ? 'a column' : `the column ${column}`} of the catalogue is missing in its table; put it back, or take it out of the catalogue`
