import type { Dataset } from '@stockdb/contract'
import { type RawBuilder, sql } from 'kysely'
import type { Dialect } from '../engine/dialect.ts'
import { role } from './columns.ts'

/** Says whether the column of the codes may have a collation that treats different codes as equal. */
type Kept = Pick<Dataset, 'managed'> | undefined

/**
 * The longest list whose codes are bound one by one if stockdb does not manage the table. Such codes are compared twice, in
 * some queries in two places, and a statement takes at most 65,535 values, on SQLite 32,766.
 */
const LONG_LIST = 4_096

/** Whether a list of codes is bound as one value. */
export const isLong = (dataset: Dataset, symbols: readonly string[]): boolean =>
  dataset.managed === false && symbols.length > LONG_LIST

/** A code as bytes if the collation of its column may compare codes in another way. */
function byBytes(dialect: Dialect, kept: Kept, code: RawBuilder<unknown>): RawBuilder<unknown> {
  return kept?.managed === false ? sql`${dialect.comparable({ type: 'text' }, code)}` : code
}

/** The expression that distinguishes symbols in `group by` and `partition by`. */
export const exactCode = (dialect: Dialect, dataset: Dataset, table = 'd'): RawBuilder<unknown> =>
  byBytes(dialect, dataset, role(dataset, 'symbol', table))

/** The expressions to group rows by symbol, so that the symbol can be selected as it is stored. */
export function groupedByCode(dialect: Dialect, dataset: Dataset): RawBuilder<unknown>[] {
  const code = role(dataset, 'symbol')
  return dataset.managed === false ? [code, exactCode(dialect, dataset)] : [code]
}

/** Whether a code is in a JSON list, compared byte by byte. */
export function isAmong(dialect: Dialect, kept: Kept, code: RawBuilder<unknown>, list: unknown): RawBuilder<boolean> {
  const found = sql<boolean>`${code} in (select g.code from ${dialect.codes(list)} as g)`
  if (kept?.managed !== false) return found
  const listed = sql`select ${byBytes(dialect, kept, sql`g.code`)} from ${dialect.codes(list)} as g`
  return sql`(${found} and ${byBytes(dialect, kept, code)} in (${listed}))`
}

/**
 * Whether two codes are the same, byte by byte. If stockdb does not manage one of the tables, they are compared as they are,
 * for which there may be an index, and by their bytes as well.
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
