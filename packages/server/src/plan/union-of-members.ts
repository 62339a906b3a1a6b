import type { Dataset } from '@stockdb/contract'
import { columnName, type Member, memberDataset, namesSymbols } from '@stockdb/contract/internal'
import { type Expression, type RawBuilder, sql } from 'kysely'
import type { Dialect, MembersRead } from '../engine/dialect.ts'

/** The tables of a dataset that a statement reads. */
export function membersIn({ members }: Pick<Dialect, 'members'>, dataset: Dataset): MembersRead {
  const found = members?.(dataset)
  if (!found) throw new TypeError(`the tables of ${dataset.name} are not known`)
  return found
}

/**
 * All rows of the tables of a dataset, in its columns: those of names as constants. Databases narrow a condition on the union to
 * each of its tables, so their indexes are used.
 */
export function unionOfMembers(dialect: Dialect, dataset: Dataset): RawBuilder<unknown> {
  const { members, unread } = membersIn(dialect, dataset)
  const selects = members.map((member) => rowsOfMember(dataset, member, unread === true))
  return sql`(${union(selects, dialect.maxUnion ?? selects.length)})`
}

/** All rows of some selects; a union of unions where there are more of them than the database takes. */
function union(selects: readonly RawBuilder<unknown>[], most: number): RawBuilder<unknown> {
  if (selects.length <= most) return sql.join([...selects], sql` union all `)
  const groups: RawBuilder<unknown>[] = []
  for (let from = 0; from < selects.length; from += most) {
    const group = sql.join(selects.slice(from, from + most), sql` union all `)
    groups.push(sql`select * from (${group}) as g`)
  }
  return union(groups, most)
}

function rowsOfMember(dataset: Dataset, member: Member, unread: boolean): RawBuilder<unknown> {
  const columns = Object.keys(dataset.fields).map(
    (field) => sql`${memberColumn(dataset, member, field, 'o')} as ${sql.id(columnName(dataset, field))}`,
  )
  const nothing = unread ? sql`where 1 = 0` : undefined
  // An empty cell of a wide table is no row.
  const filled = member.column === undefined ? undefined : sql`where ${sql.id('o', member.column)} is not null`
  return sql`select ${sql.join(columns)} from ${sql.id(member.table)} as o ${nothing ?? filled ?? sql``}`
}

/** A field in one of the tables. */
export function memberColumn(
  dataset: Dataset,
  { symbol, column }: Member,
  field: string,
  table: string,
): RawBuilder<unknown> {
  // Names of members have no character that SQL gives a meaning.
  if (field === dataset.symbol && symbol !== undefined) return sql`${sql.lit(symbol)}`
  return sql.id(table, field === dataset.wide?.field && column !== undefined ? column : columnName(dataset, field))
}

/**
 * A union of one select for each table: so that each takes from its own index what it is asked for, such as its last date.
 * `build` gets a table as a dataset of its own.
 */
export function eachMember(
  dialect: Dialect,
  dataset: Dataset,
  build: (one: Dataset, member: Member) => Expression<unknown>,
): RawBuilder<unknown> {
  const { members, unread } = membersIn(dialect, dataset)
  // Not every database takes a select of a union in parentheses.
  const selects = members.map((member) => sql`select * from ${build(memberDataset(dataset, member), member)} as n`)
  const all = union(selects, dialect.maxUnion ?? selects.length)
  return unread ? sql`(select * from (${all}) as nothing where 1 = 0)` : sql`(${all})`
}

/** Whether conditions on some fields can be put to each table alone: none of them is a symbol that only its name says. */
export const isOfEach = (dataset: Dataset, fields: readonly string[]): boolean =>
  !namesSymbols(dataset) || dataset.symbol === undefined || !fields.includes(dataset.symbol)
