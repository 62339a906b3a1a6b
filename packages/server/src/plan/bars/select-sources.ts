import type { Dataset } from '@stockdb/contract'
import { type RawBuilder, sql } from 'kysely'
import type { Dialect } from '../../engine/dialect.ts'
import type { ReadQuery } from '../../engine/engine.ts'
import { aliasedTable } from '../aliased-table.ts'
import { columnOf, declared, fieldOf, placeholderFor, role } from '../columns.ts'
import { type Filters, filterShape, filterValues, whereFilters } from '../filters.ts'
import { symbolsBySeek } from '../latest/by-seek.ts'
import { bind, column, edgeColumn, type Placeholder, type QueryCache } from '../prepared-query.ts'
import { rangeLast, rangeStart } from '../range-ends.ts'
import {
  type Builder,
  compileRows,
  lengthShape,
  rowsOf,
  type Symbols,
  tableOf,
  untyped,
  whereSymbols,
} from '../rows.ts'

interface Wanted {
  readonly symbols?: Symbols
  readonly start?: string | undefined
  readonly end?: string | undefined
  readonly where?: Filters | undefined
}

const FIRST = '1000-01-01 00:00:00'
const LAST = '9999-12-31 23:59:59.999'

/** Reads which lengths each symbol has bars of in a range, with their first and last moment, which an index gives quickly. */
export function selectSources(
  cache: QueryCache,
  dataset: Dataset,
  frequency: string,
  lengths: readonly string[],
  { symbols, start = FIRST, end = LAST, where }: Wanted,
): ReadQuery {
  const shape = [
    'minute-sources',
    dataset.name,
    lengthShape(symbols),
    lengths.length,
    filterShape(dataset, where),
  ].join('|')
  const prepared = cache.get(shape, (dialect) => {
    const rows = dialect.seeks
      ? bySeek(dialect, dataset, frequency, lengths, { symbols, where })
      : byLooseScan(dialect, dataset, frequency, lengths, { symbols, where })
    const columns = [
      edgeColumn(dataset, fieldOf(dataset, 'symbol'), 'symbol'),
      column('length', 'text'),
      edgeColumn(dataset, fieldOf(dataset, 'date'), 'first'),
      edgeColumn(dataset, fieldOf(dataset, 'date'), 'last'),
    ]
    return { ...rows.compile(), columns }
  })
  return bind(prepared, { symbols, start, end, ...lengthValues(lengths), ...filterValues(cache, dataset, where) })
}

/** Reads symbol, length and moment of the bars of some lengths in a range, symbol by symbol. */
export function selectMoments(
  cache: QueryCache,
  dataset: Dataset,
  frequency: string,
  lengths: readonly string[],
  { symbols, start = FIRST, end = LAST, where }: Wanted,
): ReadQuery {
  const fields = [fieldOf(dataset, 'symbol'), frequency, fieldOf(dataset, 'date')]
  const shape = [
    'minute-moments',
    dataset.name,
    lengthShape(symbols),
    lengths.length,
    filterShape(dataset, where),
  ].join('|')
  const prepared = cache.get(shape, (dialect) => {
    const rows = fields.reduce(
      (query, field) => query.orderBy(columnOf(dataset, field)),
      within(rowsOf(dialect, { dataset, fields }), dialect, dataset, frequency, lengths, { symbols, where }),
    )
    return compileRows(rows, { dataset, fields })
  })
  return bind(prepared, { symbols, start, end, ...lengthValues(lengths), ...filterValues(cache, dataset, where) })
}

const lengthValues = (lengths: readonly string[]): Record<string, string> =>
  Object.fromEntries(lengths.map((length, at) => [`length${at}`, length]))

/** Keeps bars of these lengths and symbols in the range. */
function within(
  rows: Builder,
  dialect: Dialect,
  dataset: Dataset,
  frequency: string,
  lengths: readonly string[],
  { symbols, where }: Pick<Wanted, 'symbols' | 'where'>,
): Builder {
  const when = role(dataset, 'date')
  return whereFilters(whereSymbols(rows, dataset, symbols, dialect), dialect, dataset, where)
    .where(
      columnOf(dataset, frequency),
      'in',
      lengths.map((_, at) => lengthPlaceholder(dataset, frequency, at)),
    )
    .where(when, '>=', rangeStart(dialect, dataset, 'start'))
    .where(when, '<=', rangeLast(dialect, dataset, 'end'))
}

const lengthPlaceholder = (dataset: Dataset, frequency: string, at: number): Placeholder =>
  placeholderFor(dataset, frequency, `length${at}`)

function byLooseScan(
  dialect: Dialect,
  dataset: Dataset,
  frequency: string,
  lengths: readonly string[],
  { symbols, where }: Pick<Wanted, 'symbols' | 'where'>,
): Builder {
  const when = role(dataset, 'date')
  const edge = (which: 'min' | 'max') =>
    sql`${dialect.readable(declared(dataset, fieldOf(dataset, 'date')), sql`${sql.raw(which)}(${when})`)}`
  const [symbol, length] = [role(dataset, 'symbol'), columnOf(dataset, frequency)]
  return within(tableOf(dialect, dataset), dialect, dataset, frequency, lengths, { symbols, where })
    .select([sql`${symbol}`.as('symbol'), sql`${length}`.as('length'), edge('min').as('first'), edge('max').as('last')])
    .groupBy([symbol, length])
}

function bySeek(
  dialect: Dialect,
  dataset: Dataset,
  frequency: string,
  lengths: readonly string[],
  { symbols, where }: Pick<Wanted, 'symbols' | 'where'>,
): Builder {
  const when = role(dataset, 'date', 'p')
  const edge = (which: 'min' | 'max'): RawBuilder<unknown> => {
    const rows = untyped(dialect.kysely.selectFrom(aliasedTable(dialect, dataset, 'p')))
    const found = whereFilters(rows, dialect, dataset, where, 'p')
      .where(sql<boolean>`${role(dataset, 'symbol', 'p')} = m.s`)
      .where(sql<boolean>`${columnOf(dataset, frequency, 'p')} = l.f`)
      .where(when, '>=', rangeStart(dialect, dataset, 'start'))
      .where(when, '<=', rangeLast(dialect, dataset, 'end'))
      .select(sql`${sql.raw(which)}(${when})`.as('t'))
    return sql`${found}`
  }
  const values = sql.join(lengths.map((_, at) => sql`(${lengthPlaceholder(dataset, frequency, at)})`))
  const asked = sql`(${symbolsBySeek(dialect, dataset, symbols)}) as m cross join (select column1 as f from (values ${values})) as l`
  const found = sql`(select m.s as s, l.f as f, ${edge('min')} as first, ${edge('max')} as last from ${asked})`.as('x')
  const read = (which: string) =>
    sql`${dialect.readable(declared(dataset, fieldOf(dataset, 'date')), sql.ref(`x.${which}`))}`.as(which)
  return untyped(dialect.kysely.selectFrom(found))
    .where(sql<boolean>`x.first is not null`)
    .select([sql`x.s`.as('symbol'), sql`x.f`.as('length'), read('first'), read('last')])
}
