import type { AdjustmentRule } from '@stockdb/contract'
import { type RawBuilder, sql } from 'kysely'
import type { Dialect } from '../engine/dialect.ts'

/** Column that a read of adjusted prices adds: the factor that holds on the row's date. */
export const FACTOR_COLUMN = '(factor)'

/**
 * The factor of a row of `d`, whose own day's factor is joined as `f`. Where that day has none, the last factor before
 * it holds; it is looked up only then, and it may stand on a day without a bar.
 */
export function factorOf(dialect: Dialect, rule: AdjustmentRule, symbol: string, date: string): RawBuilder<unknown> {
  const before = dialect.kysely
    .selectFrom(`${rule.dataset} as g`)
    .select(`g.${rule.factor}`)
    .whereRef(`g.${symbol}`, '=', `d.${symbol}`)
    .whereRef(`g.${date}`, '<', `d.${date}`)
    .where(`g.${rule.factor}`, 'is not', null)
    .orderBy(`g.${date}`, 'desc')
    .limit(sql<number>`1`)
  return sql`coalesce(${sql.ref(`f.${rule.factor}`)}, ${before})`
}
