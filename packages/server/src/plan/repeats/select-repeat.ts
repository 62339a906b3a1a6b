import type { Dataset } from '@stockdb/contract'
import { distinguishing } from '@stockdb/contract/internal'
import { type RawBuilder, sql } from 'kysely'
import type { Dialect } from '../../engine/dialect.ts'
import type { ReadQuery } from '../../engine/engine.ts'
import { keyParts, perKey } from '../aliased-table.ts'
import { columnOf, comparedField, datePlaceholder, readField } from '../columns.ts'
import { bind, type QueryCache, readColumns } from '../prepared-query.ts'
import { type Builder, compiled, lengthShape, type Symbols, tableOf, untyped, whereSymbols } from '../rows.ts'

/** The rows in which repeats would matter. */
export interface RepeatRange {
  readonly symbols?: Symbols
  /** The only date whose rows are read; absent: all dates. */
  readonly date?: string | undefined
}

/** The rank of a row among those with its key, by the declared order; no column of a catalogue has this name. */
const PLACE = '(place)'

/**
 * Reads one repeated key, if there is one: for reads that join, rank or filter rows, in which repeats would go unnoticed.
 * Keys are compared like their fields, texts by their bytes.
 */
export function selectRepeat(cache: QueryCache, dataset: Dataset, range: RepeatRange): ReadQuery {
  return select(cache, 'repeat', dataset, range, (_, rows) => repeated(rows))
}

/**
 * Reads one repeated key for which the dataset does not say which row counts: the rows that rank first, by the declared order
 * if there is one, differ in one of `fields`.
 */
export function selectAmbiguous(
  cache: QueryCache,
  dataset: Dataset,
  range: RepeatRange,
  fields: readonly string[],
): ReadQuery {
  const key = distinguishing(dataset)
  const compared = [...new Set(fields)].filter((field) => !key.includes(field))
  return select(cache, `ambiguous ${compared.join()}`, dataset, range, (dialect, rows) => {
    const differing = compared.map((field) => differs(dialect, dataset, field))
    return repeated(rows).having(
      differing.length === 0 ? sql<boolean>`1 = 0` : sql<boolean>`(${sql.join(differing, sql` or `)})`,
    )
  })
}

function select(
  cache: QueryCache,
  kind: string,
  dataset: Dataset,
  { symbols, date }: RepeatRange,
  build: (dialect: Dialect, rows: Builder) => Builder,
): ReadQuery {
  const key = distinguishing(dataset)
  const shape = [kind, dataset.name, lengthShape(symbols), date !== undefined].join('|')
  const prepared = cache.get(shape, (dialect) => {
    let rows = whereSymbols(tableOf(dialect, dataset), dataset, symbols, dialect)
    if (date !== undefined)
      rows = rows.where(columnOf(dataset, dataset.date ?? ''), '=', datePlaceholder(dataset, 'date'))
    if (kind !== 'repeat' && typeof dataset.onDuplicate === 'object') rows = firstOnes(dialect, dataset, rows)
    const found = untyped(
      build(
        dialect,
        rows.select(key.map((field) => readField(dialect, dataset, field))).groupBy(keyParts(dialect, dataset, 'd')),
      ),
    ).limit(sql<number>`1`)
    return { ...compiled(found), columns: readColumns(dataset, key) }
  })
  return bind(prepared, { symbols, date })
}

const repeated = (rows: Builder): Builder => untyped(rows.having(sql<boolean>`count(*) > 1`))

/** The rows of each key that rank first by the declared order. */
function firstOnes(dialect: Dialect, dataset: Dataset, rows: Builder): Builder {
  const place = sql`rank() over (${perKey(dialect, dataset, 'd')})`.as(PLACE)
  const placed = untyped(untyped(rows.selectAll('d')).select(place))
  return untyped(dialect.kysely.selectFrom(placed.as('d'))).where(sql<boolean>`${sql.id('d', PLACE)} = 1`)
}

/** Whether rows of one key differ in a field; two nulls are equal. */
function differs(dialect: Dialect, dataset: Dataset, field: string): RawBuilder<boolean> {
  const column = columnOf(dataset, field)
  const value = sql`${dialect.comparable(comparedField(dataset, field), column)}`
  return sql`(count(${column}) not in (0, count(*)) or min(${value}) <> max(${value}))`
}
