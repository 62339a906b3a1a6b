import type { Dataset } from '@stockdb/contract'
import { type RawBuilder, sql } from 'kysely'
import type { Dialect } from '../engine/dialect.ts'
import { groupedByCode } from './codes.ts'
import { role } from './columns.ts'
import { symbolsBySeek } from './latest/by-seek.ts'
import { tableOf } from './rows.ts'

/**
 * The codes of a dataset's table as `s`, each once, at most `limit`; found by steps through the key if it begins with them.
 */
export function symbolsInTable(dialect: Dialect, dataset: Dataset, limit: number): RawBuilder<unknown> {
  if (dialect.seeks) return sql`select s from (${symbolsBySeek(dialect, dataset, undefined)}) limit ${sql.lit(limit)}`
  const codes = tableOf(dialect, dataset).select(role(dataset, 'symbol').as('s'))
  return sql`${codes.groupBy(groupedByCode(dialect, dataset)).limit(sql<number>`${sql.lit(limit)}`)}`
}
