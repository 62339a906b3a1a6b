import type { Dataset } from '@stockdb/contract'
import { type RawBuilder, sql } from 'kysely'
import type { Dialect } from '../engine/dialect.ts'
import { role } from './columns.ts'

/** Whether codes of a dataset may be in a column that takes differing ones for equal. */
type Kept = Pick<Dataset, 'managed'> | undefined

/**
 * Codes of a list that are bound one by one where the table is someone else's: there they are compared twice, in some
 * queries at two places, and no engine takes more than 65,535 values in a statement, nor SQLite 32,766.
 */
const LONG_LIST = 4_096

/** Whether a list of codes is bound as one value. */
export const isLong = (dataset: Dataset, symbols: readonly string[]): boolean =>
  dataset.managed === false && symbols.length > LONG_LIST

/** A code by its bytes, where the table that it is kept in may tell codes apart in another way. */
function byBytes(dialect: Dialect, kept: Kept, code: RawBuilder<unknown>): RawBuilder<unknown> {
  return kept?.managed === false ? sql`${dialect.comparable({ type: 'text' }, code)}` : code
}

/** What rows of a dataset are told apart by symbol by, in `group by` and `partition by`. */
export const exactCode = (dialect: Dialect, dataset: Dataset, table = 'd'): RawBuilder<unknown> =>
  byBytes(dialect, dataset, role(dataset, 'symbol', table))

/** By what rows are grouped by symbol, for the symbol to be selected as it is kept. */
export function groupedByCode(dialect: Dialect, dataset: Dataset): RawBuilder<unknown>[] {
  const code = role(dataset, 'symbol')
  return dataset.managed === false ? [code, exactCode(dialect, dataset)] : [code]
}

/** Whether a code is one of a list of them as JSON, byte by byte. */
export function isAmong(dialect: Dialect, kept: Kept, code: RawBuilder<unknown>, list: unknown): RawBuilder<boolean> {
  const found = sql<boolean>`${code} in (select g.code from ${dialect.codes(list)} as g)`
  if (kept?.managed !== false) return found
  const listed = sql`select ${byBytes(dialect, kept, sql`g.code`)} from ${dialect.codes(list)} as g`
  return sql`(${found} and ${byBytes(dialect, kept, code)} in (${listed}))`
}

/**
 * Whether two codes are the same, byte by byte. Where either is of a table that is someone else's they are compared as
 * they are, for which there may be an index, and by their bytes.
 */
export function sameCode(
  dialect: Dialect,
  left: RawBuilder<unknown>,
  right: RawBuilder<unknown>,
  ...kept: readonly Kept[]
): RawBuilder<boolean> {
  const foreign = kept.find((dataset) => dataset?.managed === false)
  return foreign
    ? sql`(${left} = ${right} and ${byBytes(dialect, foreign, left)} = ${byBytes(dialect, foreign, right)})`
    : sql`${left} = ${right}`
}
