import { columnName } from '@stockdb/contract/internal'
import { sql } from 'kysely'
import type { Dialect } from '../../engine/dialect.ts'
import { repeatFields } from '../../engine/repeat-plan.ts'
import { exactCode } from '../codes.ts'
import { columnOf, fieldOf, role } from '../columns.ts'
import { Placeholder } from '../prepared-query.ts'
import { type Builder, type Columns, rowsOf, untyped } from '../rows.ts'
import { type Recent, recentRows } from './recent.ts'

/**
 * The column that ranks a row's date, counted back from the last date of its symbol; no column of a catalogue has this name.
 */
const RECENCY = '(recency)'

/** Finds each symbol's last rows in one pass over the table, and compares symbols by their bytes. */
export function byScan(dialect: Dialect, what: Columns, which: Recent): Builder {
  const { dataset, fields } = what
  const roles = [fieldOf(dataset, 'symbol'), fieldOf(dataset, 'date')]
  const compared = which.present === undefined ? [] : [which.present]
  const filtered = Object.keys({ ...which.equal, ...which.where })
  const needed = new Set([
    ...(what.repeats ? repeatFields(what.repeats) : []),
    ...fields,
    ...roles,
    ...dataset.key,
    ...compared,
    ...filtered,
  ])
  const symbol = exactCode(dialect, dataset)
  const numbered = recentRows(dialect, dataset, which).select([
    ...[...needed].map((field) => columnOf(dataset, field).as(columnName(dataset, field))),
    sql`dense_rank() over (partition by ${symbol} order by ${role(dataset, 'date')} desc)`.as(RECENCY),
  ])
  const rows = untyped(dialect.kysely.selectFrom(numbered.as('d')))
  return rowsOf(dialect, what, rows).where(sql<boolean>`${sql.id('d', RECENCY)} <= ${new Placeholder('n')}`)
}
