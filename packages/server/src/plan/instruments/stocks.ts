import type { Catalogue, Dataset, Field } from '@stockdb/contract'
import { type RawBuilder, sql } from 'kysely'
import type { Dialect } from '../../engine/dialect.ts'
import type { ReadColumn } from '../../engine/engine.ts'
import { type IntervalRule, whereHolds } from '../as-of/rules.ts'
import { sameCode } from '../codes.ts'
import { columnOf, role } from '../columns.ts'
import type { ReadFields } from '../plan-context.ts'
import { type Builder, tableOf, untyped } from '../rows.ts'

/** What tells which stocks there are, and which names they had. */
export interface StockTables {
  readonly stocks: Dataset
  readonly names: (Dataset & { readonly pointInTime: IntervalRule }) | undefined
}

/** A stock is listed from its first day on, and no more on the day on which it is delisted. */
export const LISTED: IntervalRule = { kind: 'interval', from: 'list_date', to: 'delist_date', endInclusive: false }

/** What `meta` says of who is listed, and of the name that a stock has on a date. */
export const LISTED_RULE =
  'list_date ≤ the date, and delist_date null or > the date; stocks without a list_date are left out'
export const NAME_RULE = 'name of the row of namechange that holds on the date, else the one of today'

/** The tables of a catalogue, if it has a `stock_basic` that tells when stocks were listed. */
export function stockTables({ stock_basic: stocks, namechange }: Catalogue): StockTables | undefined {
  if (stocks?.symbol === undefined || stocks.fields.name?.type !== 'text') return undefined
  if ([LISTED.from, LISTED.to].some((name) => stocks.fields[name]?.type !== 'date')) return undefined
  const told = namechange?.symbol !== undefined && namechange.fields.name?.type === 'text' ? namechange : undefined
  const names = told?.pointInTime?.kind === 'interval' ? { ...told, pointInTime: told.pointInTime } : undefined
  return { stocks, names }
}

/** The fields that an answer is made of: those of the stocks that it shows, and what tells listing and names. */
export const fieldsRead = ({ stocks, names }: StockTables, shown: readonly string[]): ReadFields[] => [
  { dataset: stocks, fields: [...shown.filter((name) => name in stocks.fields), 'name', LISTED.from, LISTED.to] },
  ...(names ? [{ dataset: names, fields: ['name', names.pointInTime.from, names.pointInTime.to] }] : []),
]

/** The tables of a read, which may do without names of the past. */
export function tablesOf(catalogue: Catalogue, { names }: { readonly names?: string | undefined }): StockTables {
  const tables = stockTables(catalogue)
  if (!tables) throw new TypeError('the catalogue does not tell when stocks were listed')
  return names === undefined ? { ...tables, names: undefined } : tables
}

/** The stocks that are listed on the bound `date`. */
export const listed = (dialect: Dialect, { stocks }: StockTables): Builder =>
  whereHolds(tableOf(dialect, stocks), { dataset: stocks, rule: LISTED, table: 'd' })

/** Adds the name of today as `(now)`, and, where names of the past are told, the one on the bound `date` as `(then)`. */
export function withNames(builder: Builder, dialect: Dialect, { stocks, names }: StockTables): Builder {
  const now = untyped(builder.select(columnOf(stocks, 'name').as('(now)')))
  if (!names) return now
  const borne = whereHolds(tableOf(dialect, names, 'n'), { dataset: names, rule: names.pointInTime, table: 'n' })
    .where(sameCode(dialect, role(names, 'symbol', 'n'), role(stocks, 'symbol'), names, stocks))
    .select(columnOf(names, 'name', 'n').as('name'))
    // Where two hold, the one that began last.
    .orderBy(columnOf(names, names.pointInTime.from, 'n'), 'desc')
    .orderBy(columnOf(names, 'name', 'n'))
    .limit(sql<number>`1`)
  return untyped(now.select(sql`${borne}`.as('(then)')))
}

/** A column of the rows that {@link withNames} has made, which are `i`. */
export const of = (name: string): RawBuilder<unknown> => sql.id('i', name)

/** The columns about the name, of the rows that {@link withNames} has made. */
export function nameColumns(dialect: Dialect, { names }: StockTables) {
  const name = names ? sql`coalesce(${of('(then)')}, ${of('(now)')})` : of('(now)')
  const source = names
    ? sql`case when ${of('(then)')} is null then 'stock_basic' else 'namechange' end`
    : sql`'stock_basic'`
  return [name.as('name'), source.as('name_source'), sql`instr(${bytes(dialect, name)}, 'ST') > 0`.as('is_st')]
}

/** A text to be compared byte by byte, whatever its column's collation. */
export const bytes = (dialect: Dialect, text: RawBuilder<unknown>): RawBuilder<unknown> =>
  sql`${dialect.comparable({ type: 'text' }, text)}`

/** Fields as they are read. */
export const readAs = (
  fields: Readonly<Record<string, Pick<Field, 'type' | 'nullable' | 'dateFormat' | 'exact'>>>,
): ReadColumn[] =>
  Object.entries(fields).map(([name, { type, nullable, dateFormat, exact }]) => ({
    ...{ name, type, nullable, dateFormat },
    ...(exact ? { exact } : {}),
  }))

/** The dataset that an answer about stocks is shown as; the database has none like it. */
export function shownAs(fields: Readonly<Record<string, Field>>, symbol: string): Dataset {
  return { name: 'instruments', description: 'Stocks', fields, key: [symbol], symbol }
}
