import type { Dataset } from '@stockdb/contract'
import { columnName } from '@stockdb/contract/internal'
import { type RawBuilder, sql } from 'kysely'

/**
 * A key of a database takes nulls for different, or does not take them at all. Where a field of a dataset's key may be
 * null, rows are told apart by a unique index in which a stand-in takes the place of a null: an expression, or a generated
 * column where the database has no index on expressions.
 */
export const hasNullableKey = (dataset: Dataset): boolean => dataset.key.some((name) => isNullable(dataset, name))

export const isNullable = (dataset: Dataset, name: string): boolean => dataset.fields[name]?.nullable === true

/** What takes the place of a null in a field of the key. */
export function standIn(dataset: Dataset, name: string): RawBuilder<unknown> {
  const field = dataset.fields[name]
  const column = sql.id(columnName(dataset, name))
  switch (field?.type) {
    case 'date':
      // Within what a DATE may hold in every database, and before anything that was ever announced.
      return field.dateFormat === 'YYYYMMDD'
        ? sql`coalesce(${column}, '10000101')`
        : sql`coalesce(${column}, '1000-01-01')`
    case 'datetime':
      return sql`coalesce(${column}, '1000-01-01 00:00:00')`
    case 'text':
    case 'symbol':
      return sql`coalesce(${column}, '')`
    default:
      return sql`coalesce(${column}, -1)`
  }
}
