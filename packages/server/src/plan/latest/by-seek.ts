import type { Dataset } from '@stockdb/contract'
import { namesSymbols } from '@stockdb/contract/internal'
import { type RawBuilder, sql } from 'kysely'
import type { Dialect } from '../../engine/dialect.ts'
import { aliasedTable } from '../aliased-table.ts'
import { isLong } from '../codes.ts'
import { declared, fieldOf, role } from '../columns.ts'
import { isScanned, listPlaceholders, Placeholder } from '../prepared-query.ts'
import { type Builder, type Symbols, untyped } from '../rows.ts'
import { membersIn } from '../union-of-members.ts'
import { type Recent, whereRecent } from './recent.ts'

/** The symbols as `s`: those asked for, or all in the table, found by stepping from each to the next one in the key. */
export function symbolsBySeek(dialect: Dialect, dataset: Dataset, symbols: Symbols): RawBuilder<unknown> {
  if (symbols !== undefined) {
    const stored = declared(dataset, fieldOf(dataset, 'symbol'))
    if (isLong(dataset, symbols))
      return sql`select distinct g.code as s from ${dialect.codes(new Placeholder('symbols', { json: true, stored }))} as g`
    const placeholders = listPlaceholders('symbols', symbols.length, stored).map((placeholder) => sql`(${placeholder})`)
    return placeholders.length === 0
      ? sql`select null as s where 1 = 0`
      : sql`select distinct column1 as s from (values ${sql.join(placeholders)})`
  }
  if (namesSymbols(dataset)) {
    const codes = membersIn(dialect, dataset).members.map(({ symbol = '' }) => sql`(${sql.lit(symbol)})`)
    return sql`select distinct column1 as s from (values ${sql.join(codes)})`
  }
  const code = role(dataset, 'symbol', 'p')
  if (isScanned(dataset)) return sql`select distinct ${code} as s from ${aliasedTable(dialect, dataset, 'p')}`
  const least = sql`select min(${code}) as s from ${aliasedTable(dialect, dataset, 'p')}`
  const next = sql`${least} where ${code} > step.s`
  return sql`with recursive step(s) as (${least} union all select (${next}) from step where step.s is not null) select s from step where s is not null`
}

/**
 * The date from which a symbol, `m.s`, has its last `n` dates. For SQLite, which does one index lookup per symbol and steps
 * back from there.
 */
export function firstDateBySeek(dialect: Dialect, dataset: Dataset, which: Recent): RawBuilder<unknown> {
  const own = (): Builder =>
    untyped(dialect.kysely.selectFrom(aliasedTable(dialect, dataset, 'p'))).where(
      sql<boolean>`${role(dataset, 'symbol', 'p')} = m.s`,
    )
  const date = role(dataset, 'date', 'p')
  const nth = whereRecent(own(), dialect, dataset, which, 'p')
    .select(sql`${date}`.as('t'))
    .distinct()
    .orderBy(sql`${date} desc`)
    .limit(sql<number>`1`)
    .offset(sql<number>`${new Placeholder('skip')}`)
  const first = own().select(sql`min(${date})`.as('t'))
  return sql`coalesce((${nth}), (${first}))`
}
