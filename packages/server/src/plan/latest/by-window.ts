import type { Dataset } from '@stockdb/contract'
import { type RawBuilder, sql } from 'kysely'
import type { Dialect } from '../../engine/dialect.ts'
import { aliasedTable } from '../aliased-table.ts'
import { declared, fieldOf, role } from '../columns.ts'
import { Placeholder } from '../prepared-query.ts'
import { rangeLast } from '../range-ends.ts'
import { type Builder, tableOf, untyped, whereSymbols } from '../rows.ts'
import { named, type Recent, recentRows, whereRecent } from './recent.ts'

/** Makes a select read its tables in the written order, where the dialect has words for that. */
export function inOrder({ joinInOrder }: Dialect, rows: Builder): Builder {
  return joinInOrder === undefined ? rows : rows.modifyFront(joinInOrder)
}

/**
 * The number of days before the last date in which most symbols have their last `n` rows: sessions, weekends, and a long
 * holiday.
 */
export function windowDays(dataset: Dataset, n: number): number {
  const perDay = declared(dataset, fieldOf(dataset, 'date')).type === 'datetime' ? 4 : 1
  return Math.ceil((n / perDay) * 1.6) + 14
}

/**
 * Symbols and their last `n` dates, as `s` and `t`, for MySQL and MariaDB. There only constants bound a range of an index, so
 * a subquery that steps back row by row would read all rows of a symbol each time. Instead, the rows of the last days are
 * ranked, read from the index on the date. Symbols with fewer than `n` rows there are found by a loose scan of the key, and
 * all their rows are ranked. The number of days only affects speed.
 */
export function lastDatesByWindow(dialect: Dialect, dataset: Dataset, which: Recent): RawBuilder<unknown> {
  const n = new Placeholder('n')
  const numbered = (rows: Builder): Builder => {
    const recency = sql`dense_rank() over (partition by ${role(dataset, 'symbol')} order by ${role(dataset, 'date')} desc)`
    return untyped(rows.select([named(dataset, 'symbol', 's'), named(dataset, 'date', 't'), recency.as('r')]))
  }
  const recent = recentRows(dialect, dataset, which)
  // Days cannot be subtracted from a date that is stored as text.
  if (dialect.scans || declared(dataset, fieldOf(dataset, 'date')).dateFormat !== undefined)
    return sql`select distinct s, t from (${numbered(recent)}) as w where r <= ${n}`

  let lastDate = tableOf(dialect, dataset).select(sql`max(${role(dataset, 'date')})`.as('t'))
  if (which.end !== undefined)
    lastDate = lastDate.where(role(dataset, 'date'), '<=', rangeLast(dialect, dataset, 'end'))
  const from = sql`date_sub((${lastDate}), interval ${new Placeholder('days')} day)`
  const listed = whereSymbols(tableOf(dialect, dataset), dataset, which.symbols, dialect)
    .select(named(dataset, 'symbol', 's'))
    .groupBy(role(dataset, 'symbol'))
  const both = untyped(dialect.kysely.selectFrom([sql`short`.as('short'), aliasedTable(dialect, dataset, 'd')]))
  const rest = inOrder(dialect, both).where(sql<boolean>`${role(dataset, 'symbol')} = short.s`)
  return sql`with
    w as (${numbered(recent.where(sql<boolean>`${role(dataset, 'date')} >= ${from}`))}),
    short as (select x.s from (${listed}) as x left join (select distinct s from w where r = ${n}) as y on y.s = x.s where y.s is null)
    select s, t from w where r <= ${n}
    union select s, t from (${numbered(whereRecent(rest, dialect, dataset, which))}) as z where r <= ${n}`
}
