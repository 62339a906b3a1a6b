import type { Dataset, SymbolFormat } from '@stockdb/contract'
import { type RawBuilder, sql } from 'kysely'
import type { Dialect } from '../engine/dialect.ts'
import { role } from './columns.ts'

/** Says whether the column of the codes may have a collation that treats different codes as equal. */
type Kept = Dataset | undefined

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
  return isLoose(kept) ? sql`${dialect.comparable({ type: 'text' }, code)}` : code
}

/** Whether a table's codes may be in a column that takes different ones for equal: someone else's, and not numbers. */
const isLoose = (kept: Kept): boolean => kept?.managed === false && symbolForm(kept) === undefined

/** How a dataset stores its symbols, where not as they are. */
const symbolForm = ({ symbol, fields }: Dataset): SymbolFormat | undefined =>
  symbol === undefined ? undefined : fields[symbol]?.symbolFormat

/** A code of a field's column as callers know it, whatever the column stores. */
export function plainCode({ fields }: Dataset, field: string, code: RawBuilder<unknown>): RawBuilder<unknown> {
  const format = fields[field]?.symbolFormat
  return format === undefined ? code : codeFrom(format, code)
}

/** The code that a stored value is, in SQL that every database knows; without an exchange where its digits have none. */
export function codeFrom(format: SymbolFormat, stored: RawBuilder<unknown>): RawBuilder<unknown> {
  const digits = format === 'code+exchange' ? stored : sql`substr(concat('000000', ${stored}), -6)`
  if (format === 'number') return digits
  const first = sql`substr(${digits}, 1, 1)`
  return sql`concat(${digits}, case when ${first} in ('4', '8') or substr(${digits}, 1, 2) = '92' then '.BJ' when ${first} in ('6', '9') then '.SH' when ${first} in ('0', '2', '3') then '.SZ' else '' end)`
}

/** The expression that distinguishes symbols in `group by` and `partition by`. */
export const exactCode = (dialect: Dialect, dataset: Dataset, table = 'd'): RawBuilder<unknown> =>
  byBytes(dialect, dataset, role(dataset, 'symbol', table))

/** The expressions to group rows by symbol, so that the symbol can be selected as it is stored. */
export function groupedByCode(dialect: Dialect, dataset: Dataset): RawBuilder<unknown>[] {
  const code = role(dataset, 'symbol')
  return isLoose(dataset) ? [code, exactCode(dialect, dataset)] : [code]
}

/** Whether a code is in a JSON list, compared byte by byte. */
export function isAmong(dialect: Dialect, kept: Kept, code: RawBuilder<unknown>, list: unknown): RawBuilder<boolean> {
  // DuckDB takes no list of texts for a column of numbers, but compares them one by one; it reads both as a join.
  const found = dialect.scans
    ? sql<boolean>`exists (select 1 from ${dialect.codes(list)} as g where g.code = ${code})`
    : sql<boolean>`${code} in (select g.code from ${dialect.codes(list)} as g)`
  if (!isLoose(kept)) return found
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
  const [one, other] = kept
  const forms = [one, other].map((dataset) => dataset && symbolForm(dataset))
  if (one && other && forms[0] !== forms[1])
    return sql`${plainCode(one, one.symbol ?? '', left)} = ${plainCode(other, other.symbol ?? '', right)}`
  const foreign = kept.find(isLoose)
  return foreign
    ? sql`(${left} = ${right} and ${byBytes(dialect, foreign, left)} = ${byBytes(dialect, foreign, right)})`
    : sql`${left} = ${right}`
}
