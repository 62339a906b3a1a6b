import type { Dataset } from '@stockdb/contract'
import { sql } from 'kysely'
import type { ReadQuery } from '../engine/engine.ts'
import { column, type Templates } from './template.ts'

/** Reads what the database holds of a dataset: rows, first and last date, how many symbols. */
export function selectCoverage(templates: Templates, dataset: Dataset): ReadQuery {
  return templates.get(`coverage|${dataset.name}`, (dialect) => {
    const date = dataset.date === undefined ? undefined : sql.ref(dataset.date)
    const symbol = dataset.symbol === undefined ? undefined : sql.ref(dataset.symbol)
    const query = dialect.kysely
      .selectFrom(dataset.name)
      .select([
        sql`count(*)`.as('row_count'),
        sql`${symbol ? sql`count(distinct ${symbol})` : sql`null`}`.as('symbol_count'),
        sql`${date ? dialect.readable('date', sql`min(${date})`) : sql`null`}`.as('first_date'),
        sql`${date ? dialect.readable('date', sql`max(${date})`) : sql`null`}`.as('last_date'),
      ])
    return {
      ...query.compile(),
      columns: [
        column('row_count', 'int64'),
        column('symbol_count', 'int64'),
        column('first_date', 'date'),
        column('last_date', 'date'),
      ],
    }
  })
}
