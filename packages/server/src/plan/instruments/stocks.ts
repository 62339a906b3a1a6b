import type { Catalogue, Dataset, Field } from '@stockdb/contract'
import { rolesOf } from '@stockdb/contract/internal'
import { type AliasedRawBuilder, type RawBuilder, sql } from 'kysely'
import type { Dialect } from '../../engine/dialect.ts'
import type { ReadColumn } from '../../engine/engine.ts'
import { type IntervalRule, whereHolds } from '../as-of/rules.ts'
import { sameCode } from '../codes.ts'
import { columnOf, fieldOf, isPlain, readField, role } from '../columns.ts'
import type { Reader } from '../facts.ts'
import type { ReadFields } from '../plan-context.ts'
import { formsOf, readColumns, sourceOf } from '../prepared-query.ts'
import { type Builder, tableOf, untyped } from '../rows.ts'

/** The tables that list stocks and their names. */
export interface StockTables {
  readonly stocks: Dataset
  /** The fields of the stocks that are searched besides code and name, where they have them. */
  readonly bareCode: string | undefined
  readonly pinyin: string | undefined
  readonly names: (Dataset & { readonly pointInTime: IntervalRule }) | undefined
  /** The fields with the name, of today and of then. */
  readonly nameNow: string
  readonly nameThen: string
  /** A stock is listed from its first day on, and no more on the day on which it is delisted. */
  readonly listed: IntervalRule
  /** What `meta` says of who is listed, and of the name that a stock has on a date. */
  readonly listedRule: string
  readonly nameRule: string
}

/** The tables of a catalogue, if its list of stocks has their names and listing dates. */
export function stockTables(catalogue: Catalogue): StockTables | undefined {
  const { stocks, names } = rolesOf(catalogue)
  if (stocks?.name === undefined || stocks.listed === undefined || stocks.delisted === undefined) return undefined
  const { dataset, listed: from, delisted: to } = stocks
  const pointInTime = names?.dataset.pointInTime
  const then = names && pointInTime?.kind === 'interval' ? { ...names.dataset, pointInTime } : undefined
  return {
    stocks: dataset,
    bareCode: stocks.bareCode,
    pinyin: stocks.pinyin,
    names: then,
    nameNow: stocks.name,
    nameThen: names?.name ?? '',
    listed: { kind: 'interval', from, to, endInclusive: false },
    listedRule: `${from} ≤ the date, and ${to} null or > the date; stocks without a ${from} are left out`,
    nameRule: then
      ? `${names?.name} of the row of ${then.name} in force on the date, otherwise today's`
      : "today's name",
  }
}

/** Uses current names if the reader may not read past ones, or they cannot be read; the answer says so. */
export function namesFor(tables: StockTables, reader: Reader): StockTables {
  const { names } = tables
  if (!names) return tables
  const lacking = !reader.mayRead(names.name) ? 'may not be read' : reader.lacks?.(names.name) ? 'has a problem' : ''
  return lacking ? { ...tables, names: undefined, nameRule: `today's name, because ${names.name} ${lacking}` } : tables
}

/** The fields that an answer needs: those shown, and those for listing and names. */
export const fieldsRead = (
  { stocks, names, nameNow, nameThen, listed: { from, to } }: StockTables,
  shown: readonly string[],
): ReadFields[] => [
  { dataset: stocks, fields: [...shown.filter((name) => name in stocks.fields), nameNow, from, to] },
  ...(names ? [{ dataset: names, fields: [nameThen, names.pointInTime.from, names.pointInTime.to] }] : []),
]

/** The tables of a read, which may do without names of the past. */
export function tablesOf(catalogue: Catalogue, { names }: { readonly names?: string | undefined }): StockTables {
  const tables = stockTables(catalogue)
  if (!tables) throw new TypeError('the catalogue does not say when stocks were listed')
  return names === undefined ? { ...tables, names: undefined } : tables
}

/** The stocks that are listed on the bound `date`. */
export const listed = (dialect: Dialect, { stocks, listed: rule }: StockTables): Builder =>
  whereHolds(tableOf(dialect, stocks), { dialect, dataset: stocks, rule, table: 'd' })

/** Adds the current name as `(now)` and, if past names are used, the name on the bound `date` as `(then)`. */
export function withNames(builder: Builder, dialect: Dialect, tables: StockTables): Builder {
  const { stocks, names, nameNow, nameThen } = tables
  const now = untyped(builder.select(columnOf(stocks, nameNow).as('(now)')))
  if (!names) return now
  const borne = whereHolds(tableOf(dialect, names, 'n'), {
    dialect,
    dataset: names,
    rule: names.pointInTime,
    table: 'n',
  })
    .where(sameCode(dialect, role(names, 'symbol', 'n'), role(stocks, 'symbol'), names, stocks))
    .select(columnOf(names, nameThen, 'n').as('name'))
    // Where two hold, the one that began last.
    .orderBy(columnOf(names, names.pointInTime.from, 'n'), 'desc')
    .orderBy(columnOf(names, nameThen, 'n'))
    .limit(sql<number>`1`)
  return untyped(now.select(sql`${borne}`.as('(then)')))
}

/** A column of the rows that {@link withNames} has made, which are `i`. */
export const of = (name: string): RawBuilder<unknown> => sql.id('i', name)

/** The columns about the name, of the rows that {@link withNames} has made. */
export function nameColumns(dialect: Dialect, { stocks, names }: StockTables) {
  const name = names ? sql`coalesce(${of('(then)')}, ${of('(now)')})` : of('(now)')
  const source = names
    ? sql`case when ${of('(then)')} is null then ${sql.lit(stocks.name)} else ${sql.lit(names.name)} end`
    : sql`${sql.lit(stocks.name)}`
  return [name.as('name'), source.as('name_source'), sql`instr(${bytes(dialect, name)}, 'ST') > 0`.as('is_st')]
}

/** A text to be compared byte by byte, whatever its column's collation. */
export const bytes = (dialect: Dialect, text: RawBuilder<unknown>): RawBuilder<unknown> =>
  sql`${dialect.comparable({ type: 'text' }, text)}`

/**
 * A value of each field that chooses rows and is not shown as it is stored. It is read so that a table which was replaced by one of
 * other types is noticed.
 */
export const witnesses = (reads: readonly ReadFields[]): readonly Witness[] =>
  reads.flatMap(({ dataset, fields }) =>
    [...new Set([fieldOf(dataset, 'symbol'), ...fields])]
      .filter((field) => isPlain(dataset, field))
      .map((field) => {
        const name = `(${dataset.name}) ${field}`
        const [column] = readColumns(dataset, [field])
        const source = { ...sourceOf(dataset, field), key: false }
        return {
          select: (dialect: Dialect) =>
            sql`${tableOf(dialect, dataset)
              .select(readField(dialect, dataset, field))
              .limit(sql<number>`1`)}`.as(name),
          column: { ...(column as ReadColumn), ...{ name, nullable: true, source } },
        }
      }),
  )

interface Witness {
  readonly select: (dialect: Dialect) => AliasedRawBuilder<unknown, string>
  readonly column: ReadColumn
}

/** Fields as they are read. */
export const readAs = (
  fields: Readonly<Record<string, Pick<Field, 'type' | 'nullable'> & Partial<Field>>>,
): ReadColumn[] =>
  Object.entries(fields).map(([name, { type, nullable, ...declared }]) => ({
    ...{ name, type, nullable },
    ...formsOf(declared),
  }))

/** The dataset that an answer about stocks is shown as; the database has none like it. */
export function shownAs(fields: Readonly<Record<string, Field>>, symbol: string): Dataset {
  return { name: 'instruments', description: 'Stocks', fields, key: [symbol], symbol }
}
