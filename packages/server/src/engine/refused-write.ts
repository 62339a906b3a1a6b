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
