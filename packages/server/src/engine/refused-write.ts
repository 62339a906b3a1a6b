import type { Dataset } from '@stockdb/contract'
import { columnName, type StoredValue, tableName } from '@stockdb/contract/internal'
import { StockdbError } from '@stockdb/contract/wire'
import { shown } from './unfit-values.ts'

/** The error of a row that a table refuses, with the column, if the database names it. */
export function refusedRow(
  dataset: Dataset,
  fields: readonly string[],
  row: readonly StoredValue[],
  column: string | undefined,
  cause: unknown,
): StockdbError {
  const given = (field: string): StoredValue | undefined => row[fields.indexOf(field)]
  const key = dataset.key.map((field) => `${columnName(dataset, field)} = ${shown(given(field))}`).join(', ')
  const field = fields.find((name) => columnName(dataset, name) === column)
  const message =
    field === undefined
      ? `table ${tableName(dataset)}: a column or a constraint of the table refuses the row ${key}`
      : `table ${tableName(dataset)}, column ${column}: got ${shown(given(field))} in the row ${key}; expected a value that the column can hold`
  return new StockdbError('SCHEMA_MISMATCH', message, { cause })
}

/** The error if the database does not say which row it refuses. */
export function refusedRows(dataset: Dataset, cause: unknown): StockdbError {
  const message = `table ${tableName(dataset)}: a column or a constraint of the table refuses one of the rows`
  return new StockdbError('SCHEMA_MISMATCH', message, { cause })
}

/** The column is named after these words, in quotes; DuckDB names none. */
const COMPUTED = /generated column(?: [`'"](?:.*\.)?(.+?)[`'"])?/i

/** The error of values for a column that the database computes from others, if a write failed for this reason. */
export function refusedComputed(dataset: Dataset, message: string, cause: unknown): StockdbError | undefined {
  const found = COMPUTED.exec(message)
  if (!found) return undefined
  const place = found[1] === undefined ? 'one of the columns that are written' : `column ${found[1]}`
  const text = `table ${tableName(dataset)}, ${place}: the database computes its values; leave it out of what is written`
  return new StockdbError('SCHEMA_MISMATCH', text, { cause })
}
