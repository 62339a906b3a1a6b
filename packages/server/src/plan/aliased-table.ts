import type { Dataset } from '@stockdb/contract'
import { distinguishing, hasMembers } from '@stockdb/contract/internal'
import { type RawBuilder, sql } from 'kysely'
import type { Dialect } from '../engine/dialect.ts'
import { fixedRows } from '../engine/fixed-rows.ts'
import { tableId } from '../engine/table-ref.ts'
import { columnOf, datePlaceholder, exactly, role } from './columns.ts'
import { wholeSymbol } from './split-symbols.ts'
import { unionOfMembers } from './union-of-members.ts'

/** The rank of a row among those with its key; no column of a catalogue has this name. */
const COPY = '(copy)'

/**
 * The table of a dataset under an alias; if the dataset fixes fields (`only`), just the rows with those values; a symbol
 * that is split over two columns is a column of its own. All engines merge such a select into the outer one, so the indexes of the table are still used. If the dialect says that keys repeat in
 * the table, only the rows that count by the declaration of the dataset.
 */
export function aliasedTable(dialect: Dialect, dataset: Dataset, alias: string) {
  const merged = dialect.merged?.get(dataset.name)
  const conditions = fixedRows(dialect, dataset, 'o')
  if (merged) {
    const onDate = merged.onDate
      ? [sql<boolean>`${role(dataset, 'date', 'o')} = ${datePlaceholder(dataset, 'date')}`]
      : []
    return named(keptRows(dialect, dataset, [...conditions, ...onDate]), alias)
  }
  const table = rowsIn(dialect, dataset)
  if (conditions.length === 0) return named(table, alias)
  return named(sql`(select * from ${table} as o where ${sql.join(conditions, sql` and `)})`, alias)
}

/** The table of a dataset, or the union of its tables. */
const tableIn = (dialect: Dialect, dataset: Dataset): RawBuilder<unknown> =>
  hasMembers(dataset) ? unionOfMembers(dialect, dataset) : tableId(dataset)

/** The same, with the symbol that is split over two of its columns. */
function rowsIn(dialect: Dialect, dataset: Dataset): RawBuilder<unknown> {
  const whole = wholeSymbol(dialect, dataset, 'w')
  return whole ? sql`(select w.*, ${whole} from ${tableIn(dialect, dataset)} as w)` : tableIn(dialect, dataset)
}

const named = (table: RawBuilder<unknown>, alias: string) =>
  sql<Record<string, unknown>>`${table}`.as<string>(sql.id(alias))

/** The row per key that the dataset keeps; any of them if they are copies. */
function keptRows(dialect: Dialect, dataset: Dataset, conditions: readonly RawBuilder<unknown>[]): RawBuilder<unknown> {
  const where = conditions.length === 0 ? sql`` : sql`where ${sql.join(conditions, sql` and `)}`
  const copies = sql`select o.*, row_number() over (${perKey(dialect, dataset, 'o')}) as ${sql.id(COPY)}
    from ${rowsIn(dialect, dataset)} as o ${where}`
  return sql`(select * from (${copies}) as o where ${sql.id('o', COPY)} = 1)`
}

/** A window over the rows of one key, those that count first. */
export function perKey(dialect: Dialect, dataset: Dataset, table: string): RawBuilder<unknown> {
  const { onDuplicate } = dataset
  const rows = sql`partition by ${sql.join(keyParts(dialect, dataset, table))}`
  if (typeof onDuplicate !== 'object') return rows
  const order = columnOf(dataset, onDuplicate.order, table)
  return sql`${rows} order by ${order} ${sql.raw(onDuplicate.keep === 'last' ? 'desc' : 'asc')}`
}

/** The expressions that are equal for rows of one key: as stored, for an index, and exactly. */
export const keyParts = (dialect: Dialect, dataset: Dataset, table: string): RawBuilder<unknown>[] =>
  distinguishing(dataset).flatMap((field) => [
    columnOf(dataset, field, table),
    sql`${exactly(dialect, dataset, field, table)}`,
  ])
