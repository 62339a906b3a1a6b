import type { Dataset } from '@stockdb/contract'
import { namesSymbols, tableName } from '@stockdb/contract/internal'
import { sql } from 'kysely'
import type { Dialect } from '../engine/dialect.ts'
import type { ReadQuery } from '../engine/engine.ts'
import { columnOf, declared, fieldOf, role } from './columns.ts'
import { column, edgeColumn, type PreparedQuery, type QueryCache } from './prepared-query.ts'
import { type Builder, tableOf } from './rows.ts'
import { eachMember } from './union-of-members.ts'

/** Counts the rows and symbols of a dataset, and reads its first and last date. */
export function selectHoldings(cache: QueryCache, dataset: Dataset): ReadQuery {
  const query = cache.get(`holdings|${dataset.name}`, (dialect) => {
    if (namesSymbols(dataset)) return ofEach(dialect, dataset)
    const field = dataset.date === undefined ? undefined : declared(dataset, dataset.date)
    const edge = (which: 'min' | 'max') =>
      sql`${field ? dialect.readable(field, sql`${sql.raw(which)}(${role(dataset, 'date')})`) : sql`null`}`
    const query = tableOf(dialect, dataset).select([
      sql`count(*)`.as('row_count'),
      sql`${dataset.symbol === undefined ? sql`null` : sql`count(distinct ${role(dataset, 'symbol')})`}`.as(
        'symbol_count',
      ),
      edge('min').as('first_date'),
      edge('max').as('last_date'),
    ])
    const edgeOf = (name: string) =>
      dataset.date === undefined ? column(name, 'date') : edgeColumn(dataset, dataset.date, name)
    return {
      ...query.compile(),
      columns: [
        column('row_count', 'int64'),
        column('symbol_count', 'int64'),
        edgeOf('first_date'),
        edgeOf('last_date'),
      ],
      tables: [tableName(dataset)],
    }
  })
  return { ...query, long: true }
}

/** The same where names say the symbols: counted in each table, because a union of them all would be copied first. */
function ofEach(dialect: Dialect, dataset: Dataset): PreparedQuery {
  const { date, wide } = dataset
  const each = eachMember(dialect, dataset, (one, { symbol = '' }) => {
    const rows = tableOf(dialect, one)
    const filled: Builder = wide ? rows.where(columnOf(one, wide.field), 'is not', null) : rows
    const edge = (which: 'min' | 'max') =>
      date === undefined ? sql`null` : sql`${sql.raw(which)}(${role(one, 'date')})`
    return filled.select([
      sql`${sql.lit(symbol)}`.as('s'),
      sql`count(*)`.as('n'),
      edge('min').as('first'),
      edge('max').as('last'),
    ])
  })
  const edge = (which: string, of: string) => {
    const value = sql`${sql.raw(which)}(${sql.ref(of)})`
    return date === undefined ? value : dialect.readable(declared(dataset, fieldOf(dataset, 'date')), value)
  }
  const statement = sql`select cast(coalesce(sum(m.n), 0) as signed) as row_count,
    count(distinct case when m.n > 0 then m.s end) as symbol_count,
    ${edge('min', 'm.first')} as first_date, ${edge('max', 'm.last')} as last_date from ${each} as m`
  const { sql: text, parameters } = statement.compile(dialect.kysely)
  const edgeOf = (name: string) => (date === undefined ? column(name, 'date') : edgeColumn(dataset, date, name))
  return {
    ...{ sql: text, parameters, tables: [tableName(dataset)] },
    columns: [column('row_count', 'int64'), column('symbol_count', 'int64'), edgeOf('first_date'), edgeOf('last_date')],
  }
}
