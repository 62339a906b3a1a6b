import type { FieldTypeName } from '@stockdb/contract'
import { StockdbError } from '@stockdb/contract/wire'
import type { ReadColumn, ReadQuery } from '../engine.ts'
import { tablesOf } from '../read-tables.ts'
import type { TableChanges } from '../table-changes.ts'
import { duckdbColumnTypes } from './column-types.ts'

/** Throws `SCHEMA_MISMATCH` where a column of an answer is of a type from which its field cannot be read. */
export function checkTypes(query: ReadQuery, types: readonly string[], changes: TableChanges): void {
  query.columns.forEach((column, at) => {
    const found = types[at] as string
    if (!column.source || isFit(column, found)) return
    changes.doubt(tablesOf(query))
    const { name, type, dateFormat, numberFormat, symbolFormat, source } = column
    const form = dateFormat ?? numberFormat ?? symbolFormat
    const declared = form === undefined ? type : `${type} kept as ${form}`
    throw new StockdbError(
      'SCHEMA_MISMATCH',
      `table ${source.table}, column ${source.column}: found ${found.toLowerCase()}; the field ${name} is declared ${declared}. The table was changed or replaced; put it back, or declare it as it is now ("stockdb introspect") and start the server again`,
    )
  })
}

/** What a query may make of a column of a type, besides the column itself. */
const made: Partial<Record<FieldTypeName, RegExp>> = { int32: /^BIGINT$/, date: /^TIMESTAMP$/ }

function isFit({ type, dateFormat, numberFormat, symbolFormat, exact }: ReadColumn, found: string): boolean {
  if (exact && type === 'text') return found === 'VARCHAR'
  const field = { type, dateFormat, numberFormat, symbolFormat, exact: exact ?? false }
  const isPlain = (dateFormat ?? numberFormat ?? symbolFormat) === undefined
  return duckdbColumnTypes.isReadable(field as never, found) || (isPlain && made[type]?.test(found)) === true
}
