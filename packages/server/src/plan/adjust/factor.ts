import type { AdjustmentRule, Dataset } from '@stockdb/contract'
import { type RawBuilder, sql } from 'kysely'
import type { Dialect } from '../../engine/dialect.ts'
import { aliasedTable } from '../aliased-table.ts'
import { sameCode } from '../codes.ts'
import { columnOf, role } from '../columns.ts'

/** Where the factors of adjusted prices come from. */
export interface FactorSource {
  readonly rule: AdjustmentRule
  /** The dataset that the rule names. */
  readonly dataset: Dataset
}

/** The column added to reads of adjusted prices: the factor valid on the date of the row. */
export const FACTOR_COLUMN = '(factor)'

/**
 * The factor of a row of `d`. The factor of the same day is joined as `f`; if there is none, the last earlier factor is
 * looked up, which may be from a day without a bar.
 */
export function factorOf(
  dialect: Dialect,
  dataset: Dataset,
  { rule, dataset: factors }: FactorSource,
): RawBuilder<unknown> {
  const before = dialect.kysely
    .selectFrom(aliasedTable(dialect, factors, 'g'))
    .select(columnOf(factors, rule.factor, 'g').as(rule.factor))
    .where(sameCode(dialect, role(factors, 'symbol', 'g'), role(dataset, 'symbol'), factors, dataset))
    .where(sql<boolean>`${role(factors, 'date', 'g')} < ${role(dataset, 'date')}`)
    .where(columnOf(factors, rule.factor, 'g'), 'is not', null)
    .orderBy(role(factors, 'date', 'g'), 'desc')
    .limit(sql<number>`1`)
  return sql`coalesce(${columnOf(factors, rule.factor, 'f')}, ${before})`
}
