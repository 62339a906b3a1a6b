import type { Dataset } from '@stockdb/contract'
import { tableName } from '@stockdb/contract/internal'
import { sql } from 'kysely'
import type { ReadQuery } from '../engine/engine.ts'
import { declared, role } from './columns.ts'
import { column, edgeColumn, type QueryCache } from './prepared-query.ts'
import { tableOf } from './rows.ts'

/** Counts the rows and symbols of a dataset, and reads its first and last date. */
export function selectCoverage(cache: QueryCache, dataset: Dataset): ReadQuery {
  const query = cache.get(`coverage|${dataset.name}`, (dialect) => {
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
