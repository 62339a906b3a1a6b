import type { Dataset } from '@stockdb/contract'
import { sql } from 'kysely'
import type { ReadQuery } from '../engine/engine.ts'
import { declared, role } from './columns.ts'
import { tableOf } from './rows.ts'
import { column, type Templates } from './template.ts'

/** Reads what the database holds of a dataset: rows, first and last date, how many symbols. */
export function selectCoverage(templates: Templates, dataset: Dataset): ReadQuery {
  const query = templates.get(`coverage|${dataset.name}`, (dialect) => {
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
    const dateType = field?.type ?? 'date'
    return {
      ...query.compile(),
      columns: [
        column('row_count', 'int64'),
        column('symbol_count', 'int64'),
        column('first_date', dateType),
        column('last_date', dateType),
      ],
    }
  })
  return { ...query, long: true }
}
