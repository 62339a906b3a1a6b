import type { Dataset, DateFormat } from '@stockdb/contract'
import { columnName, FIRST_DATE, writeDate } from '@stockdb/contract/internal'
import { type RawBuilder, sql } from 'kysely'

/**
 * Database keys treat nulls as different, or do not allow them. If a key field of a dataset is nullable, a unique index
 * with a replacement for null identifies rows: over an expression, or over a generated column if the database has no
 * index on expressions.
 */
export const hasNullableKey = (dataset: Dataset): boolean => dataset.key.some((name) => isNullable(dataset, name))

export const isNullable = (dataset: Dataset, name: string): boolean => dataset.fields[name]?.nullable === true

const first = (format: DateFormat | undefined, canonical: string): string =>
  format === undefined ? canonical : writeDate(format, canonical)

/** Stands for a null in a field of the key. */
export function standIn(dataset: Dataset, name: string): RawBuilder<unknown> {
  const field = dataset.fields[name]
  const column = sql.id(columnName(dataset, name))
  switch (field?.type) {
    case 'date':
      // Within what a DATE may hold in every database, and before anything that was ever announced.
      return sql`coalesce(${column}, ${sql.lit(first(field.dateFormat, FIRST_DATE))})`
    case 'datetime':
      return sql`coalesce(${column}, ${sql.lit(first(field.dateFormat, `${FIRST_DATE} 00:00:00`))})`
    case 'text':
    case 'symbol':
      return sql`coalesce(${column}, '')`
    default:
      return sql`coalesce(${column}, -1)`
  }
}
