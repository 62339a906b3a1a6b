import { columnName, hasMembers } from '@stockdb/contract/internal'
import { sql } from 'kysely'
import type { Dialect } from '../../engine/dialect.ts'
import { repeatFields } from '../../engine/repeat-plan.ts'
import { exactCode } from '../codes.ts'
import { columnOf, fieldOf, role } from '../columns.ts'
import { Placeholder } from '../prepared-query.ts'
import { type Builder, type Columns, rowsOf, untyped } from '../rows.ts'
import { rowColumn } from '../split-symbols.ts'
import { eachMember, isOfEach, memberColumn, membersIn } from '../union-of-members.ts'
import { type Recent, recentOfMember, recentRows } from './recent.ts'

/**
 * The column that ranks a row's date, counted back from the last date of its symbol; no column of a catalogue has this name.
 */
const RECENCY = '(recency)'

/** Tables with values of their own in one statement, of which databases take 32,766 at least. */
const MOST_MEMBERS = 8_000

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
  const numbered = (lastOfMembers(dialect, what, which, [...needed]) ?? recentRows(dialect, dataset, which)).select([
    ...[...needed].map((field) => columnOf(dataset, field).as(rowColumn(dataset, field))),
    sql`dense_rank() over (partition by ${symbol} order by ${role(dataset, 'date')} desc)`.as(RECENCY),
  ])
  const rows = untyped(dialect.kysely.selectFrom(numbered.as('d')))
  return rowsOf(dialect, what, rows).where(sql<boolean>`${sql.id('d', RECENCY)} <= ${new Placeholder('n')}`)
}

/**
 * The last rows of each table as `d`, where every table is of one symbol and has one row per date: the index of each finds them.
 */
function lastOfMembers(
  dialect: Dialect,
  { dataset, repeats }: Columns,
  which: Recent,
  fields: readonly string[],
): Builder | undefined {
  const { symbol, date, key, wide } = dataset
  if (!hasMembers(dataset) || symbol === undefined || date === undefined) return undefined
  if (repeats || dialect.merged?.has(dataset.name)) return undefined
  const [first, ...others] = membersIn(dialect, dataset).members
  const isOfOne = first?.symbol !== undefined && first.from === undefined
  if (!isOfOne || !isOfEach(dataset, Object.keys({ ...which.equal, ...which.where }))) return undefined
  if (key.some((field) => field !== symbol && field !== date) || others.length + 1 > MOST_MEMBERS) return undefined
  const last = eachMember(dialect, dataset, (one, member) => {
    const columns = fields.map((field) =>
      sql`${memberColumn(dataset, member, field, 'd')}`.as(columnName(dataset, field)),
    )
    return recentOfMember(dialect, one, which, wide?.field)
      .select(columns)
      .orderBy(sql`${role(one, 'date')} desc`)
      .limit(sql<number>`${new Placeholder('n')}`)
  })
  return untyped(dialect.kysely.selectFrom(sql<Record<string, unknown>>`${last}`.as<string>('d')))
}
