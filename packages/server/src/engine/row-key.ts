import type { Dataset } from '@stockdb/contract'
import { columnName } from '@stockdb/contract/internal'
import { type RawBuilder, sql } from 'kysely'

/**
 * A key of a database takes nulls for different, or does not take them at all. Where a field of a dataset's key may be
 * null, rows are told apart by a unique index in which a stand-in takes the place of a null: an expression in SQLite, a
 * generated column in MySQL and MariaDB, which have no index on expressions in common.
 */
export const hasNullableKey = (dataset: Dataset): boolean => dataset.key.some((name) => isNullable(dataset, name))

const isNullable = (dataset: Dataset, name: string): boolean => dataset.fields[name]?.nullable === true

/** The columns of the key in MySQL: the field's own, or the generated one. */
export const mysqlKeyColumns = (dataset: Dataset): string[] =>
  dataset.key.map((name) => (isNullable(dataset, name) ? generated(dataset, name) : columnName(dataset, name)))

/** The generated columns, by name, with what they are generated from. */
export const generatedColumns = (dataset: Dataset): { name: string; from: string; as: RawBuilder<unknown> }[] =>
  dataset.key
    .filter((name) => isNullable(dataset, name))
    .map((name) => ({ name: generated(dataset, name), from: name, as: standIn(dataset, name) }))

/** The parts of the unique index in SQLite. */
export const sqliteKeyParts = (dataset: Dataset): RawBuilder<unknown>[] =>
  dataset.key.map((name) => (isNullable(dataset, name) ? standIn(dataset, name) : sql.id(columnName(dataset, name))))

/** Whether an index of the database, by its columns, tells the dataset's rows apart; an expression has no name in SQLite. */
export function isKeyIndex(dataset: Dataset, index: readonly (string | null)[]): boolean {
  const columns = mysqlKeyColumns(dataset)
  return index.length === columns.length && index.every((name, at) => name === null || name === columns[at])
}

const generated = (dataset: Dataset, name: string): string => `${columnName(dataset, name)}_or_none`

function standIn(dataset: Dataset, name: string): RawBuilder<unknown> {
  const field = dataset.fields[name]
  const column = sql.id(columnName(dataset, name))
  switch (field?.type) {
    case 'date':
      // Within what a DATE may hold in every database, and before anything that was ever announced.
      return field.stored === 'YYYYMMDD' ? sql`coalesce(${column}, '10000101')` : sql`coalesce(${column}, '1000-01-01')`
    case 'datetime':
      return sql`coalesce(${column}, '1000-01-01 00:00:00')`
    case 'text':
    case 'symbol':
      return sql`coalesce(${column}, '')`
    default:
      return sql`coalesce(${column}, -1)`
  }
}
