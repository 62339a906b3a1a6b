import type { Dataset } from '@stockdb/contract'
import { namesSymbols } from '@stockdb/contract/internal'
import { type SelectQueryBuilder, sql } from 'kysely'
import type { Dialect, Tables } from '../engine/dialect.ts'
import { type RepeatPlan, repeatPlan } from '../engine/repeat-plan.ts'
import { FACTOR_COLUMN, type FactorSource, factorOf } from './adjust/factor.ts'
import { aliasedTable } from './aliased-table.ts'
import { isAmong, isLong, sameCode } from './codes.ts'
import { columnOf, declared, fieldOf, placeholderFor, readField, role } from './columns.ts'
import {
  column,
  isScanned,
  listPlaceholders,
  Placeholder,
  type PreparedQuery,
  paddedLength,
  readColumns,
} from './prepared-query.ts'
import { hasPartsOf } from './split-symbols.ts'
import { membersIn } from './union-of-members.ts'

/** What to read of a dataset's rows, and in which columns. */
export interface Columns {
  readonly dataset: Dataset
  readonly fields: readonly string[]
  /** Adds {@link FACTOR_COLUMN}. */
  readonly factor?: FactorSource | undefined
  /** How to detect repeated keys, if the database allows them. The fields of the key are then read too. */
  readonly repeats?: RepeatPlan | undefined
}

/** Codes to read; all without a list, none with an empty one. */
export type Symbols = readonly string[] | undefined

/** A select from a dataset's table, which is `d` in it. */
export type Builder = SelectQueryBuilder<Tables, string, Record<never, never>>

/**
 * Kysely's types grow with every table and column that is named. Ours are named when the server starts, from the
 * catalogue, so there is nothing for them to hold.
 */
export function untyped(builder: unknown): Builder {
  return builder as Builder
}

/** The part of a shape that a list's length makes. */
export const lengthShape = (list: readonly unknown[] | undefined): string =>
  list === undefined ? '*' : String(paddedLength(list.length))

/** The part of a shape that depends on the columns. */
export function shapeOf(kind: string, { dataset, fields, factor, repeats }: Columns): string {
  return [kind, dataset.name, fields.join(), factor ? 'factor' : '', repeats ? 'repeats' : ''].join('|')
}

/** The table alone, before any column; it is `d` by default. */
export function tableOf(dialect: Dialect, dataset: Dataset, alias = 'd'): Builder {
  return untyped(dialect.kysely.selectFrom(aliasedTable(dialect, dataset, alias)))
}

/** The table with the columns to read, and the factor if prices are to be adjusted. */
export function rowsOf(
  dialect: Dialect,
  { dataset, fields, factor }: Columns,
  table: Builder = tableOf(dialect, dataset),
): Builder {
  const rows = table.select(fields.map((field) => readField(dialect, dataset, field)))
  return factor ? withFactor(rows, dialect, dataset, factor) : rows
}

/** Joins the factors of the rows' own days; where a day has none, the one before it is looked up. */
function withFactor(rows: Builder, dialect: Dialect, dataset: Dataset, factor: FactorSource): Builder {
  return untyped(
    rows
      .leftJoin(aliasedTable(dialect, factor.dataset, 'f'), (join) =>
        join
          .on(sameCode(dialect, role(factor.dataset, 'symbol', 'f'), role(dataset, 'symbol'), factor.dataset, dataset))
          .on(sql<boolean>`${role(factor.dataset, 'date', 'f')} = ${role(dataset, 'date')}`),
      )
      .select(factorOf(dialect, dataset, factor).as(FACTOR_COLUMN)),
  )
}

/** Only the rows of the symbols, bound from `symbols`. */
export function whereSymbols(builder: Builder, dataset: Dataset, symbols: Symbols, dialect: Dialect): Builder {
  if (symbols === undefined) return builder
  // Only the tables of these symbols are read.
  if (namesSymbols(dataset) && membersIn(dialect, dataset).chosen) return builder
  const stored = declared(dataset, fieldOf(dataset, 'symbol'))
  const placeholders = listPlaceholders('symbols', symbols.length, stored)
  // An empty list asks for nothing, which is not the same as asking for everything.
  if (placeholders.length === 0) return builder.where(sql<boolean>`1 = 0`)
  const code = role(dataset, 'symbol')
  const parts = isLong(dataset, symbols)
    ? undefined
    : hasPartsOf(dialect, dataset, { name: 'symbols', length: symbols.length })
  if (parts) return builder.where(parts).where(dialect.isOneOf(code, placeholders))
  if (isLong(dataset, symbols))
    return builder.where(isAmong(dialect, dataset, code, new Placeholder('symbols', { json: true, stored })))
  if (dataset.managed === false && stored.symbolFormat === undefined)
    return builder.where(dialect.isOneOf(code, placeholders))
  return placeholders.length === 1
    ? builder.where(role(dataset, 'symbol'), '=', placeholders[0])
    : builder.where(role(dataset, 'symbol'), 'in', placeholders)
}

/** Fields with the one value that they must equal. */
export type Equal = Readonly<Record<string, string>>

/** The part of a shape that they make. */
export const equalShape = (equal: Equal | undefined): string => Object.keys(equal ?? {}).join()

/** Their values, to be bound. */
export const equalValues = (equal: Equal | undefined): Record<string, string> =>
  Object.fromEntries(Object.entries(equal ?? {}).map(([field, value]) => [`equal.${field}`, value]))

/** Only the rows in which the fields have their values. */
export function whereEqual(builder: Builder, dataset: Dataset, equal: Equal | undefined, table = 'd'): Builder {
  return Object.keys(equal ?? {}).reduce(
    (rows, field) => rows.where(columnOf(dataset, field, table), '=', placeholderFor(dataset, field, `equal.${field}`)),
    builder,
  )
}

/** Orders rows by symbol, date and the rest of the key; by key if there is no date. */
export function ordered(
  builder: Builder,
  dialect: Dialect,
  { dataset, repeats }: Pick<Columns, 'dataset' | 'repeats'>,
): Builder {
  const order = dataset.date ? [dataset.symbol, dataset.date, ...dataset.key] : dataset.key
  const fields = new Set(order.filter((field) => field !== undefined))
  // To detect repeats, texts that a collation treats as equal must not be mixed; mixed codes are distinguished.
  // Codes are ordered by bytes if no index is used anyway; otherwise they may be mixed, which bars and panels refuse.
  const bare = (field: string): boolean =>
    field === dataset.symbol
      ? declared(dataset, field).symbolFormat !== undefined || !(dataset.managed === false && isScanned(dataset))
      : !repeats || !['text', 'symbol'].includes(declared(dataset, field).type)
  const byKey = [...fields].reduce((query, field) => {
    const column = columnOf(dataset, field)
    return query.orderBy(bare(field) ? column : sql`${dialect.comparable({ type: 'text' }, column)}`)
  }, builder)
  const kept = repeats?.onDuplicate
  if (typeof kept !== 'object') return byKey
  return byKey.orderBy(columnOf(dataset, kept.order), kept.keep === 'last' ? 'desc' : 'asc')
}

/** At most so many rows, bound from `limit`. */
export function limited(builder: Builder, limit: number | undefined): Builder {
  return limit === undefined ? builder : builder.limit(sql<number>`${new Placeholder('limit')}`)
}

/** A select of these columns, prepared. */
export function compileRows(builder: Builder, { dataset, fields, factor, repeats }: Columns): PreparedQuery {
  const columns = readColumns(dataset, fields)
  const all = factor ? [...columns, column(FACTOR_COLUMN, 'float64')] : columns
  return { ...compiled(builder), columns: all, ...(repeats ? { repeats } : enforcedKey(dataset, fields)) }
}

function enforcedKey(dataset: Dataset, fields: readonly string[]): Pick<PreparedQuery, 'enforced'> {
  const enforced = repeatPlan(dataset)
  return enforced.key.every((field) => fields.includes(field)) ? { enforced } : {}
}

/** A select compiled, its parameters being placeholders. */
export function compiled(builder: Builder): Omit<PreparedQuery, 'columns'> {
  const { sql: text, parameters } = builder.compile()
  return { sql: text, parameters }
}
