import type { Dataset } from '@stockdb/contract'
import { hasMembers } from '@stockdb/contract/internal'
import { ExpressionWrapper, type RawBuilder, SelectQueryNode, sql } from 'kysely'
import type { Dialect } from '../../engine/dialect.ts'
import type { ReadQuery } from '../../engine/engine.ts'
import { aliasedTable } from '../aliased-table.ts'
import { columnOf, declared, fieldOf, role } from '../columns.ts'
import { whereDates } from '../date-range.ts'
import { type Filters, filterShape, filterValues, whereFilters } from '../filters.ts'
import { bind, edgeColumn, Placeholder, type QueryCache } from '../prepared-query.ts'
import {
  type Builder,
  type Columns,
  compiled,
  compileRows,
  equalShape,
  equalValues,
  lengthShape,
  ordered,
  rowsOf,
  shapeOf,
  tableOf,
  untyped,
  whereEqual,
  whereSymbols,
} from '../rows.ts'
import type { RowRange } from '../select-range.ts'
import { eachMember, isOfEach } from '../union-of-members.ts'
import { byScan } from './by-scan.ts'
import { firstDateBySeek, symbolsBySeek } from './by-seek.ts'
import { inOrder, lastDatesByWindow, windowDays } from './by-window.ts'
import { named, type Recent, recentRows, whereRecent } from './recent.ts'

/**
 * The rows of each symbol's last `n` dates on or before `end`, ordered by symbol and date; of the rows in which the
 * field `present` is not null, if one is named. No more rows are read than it takes: see {@link lastDatesByWindow} and
 * {@link firstDateBySeek}.
 */
export function selectLatest(cache: QueryCache, what: Columns, which: Recent & { readonly n: number }): ReadQuery {
  const { dataset } = what
  const { symbols, end, n, present, equal, where } = which
  const kind = n === 1 ? 'last' : 'latest'
  const parts = [shapeOf(kind, what), lengthShape(symbols), end !== undefined, present]
  const scans = cache.scans(dataset)
  const shape = [...parts, equalShape(equal), filterShape(dataset, where), scans].join('|')
  const prepared = cache.get(shape, (dialect) => {
    const byIndex = dialect.seeks ? bySeek : n === 1 && !present && !isFiltered(where) ? byLooseScan : byWindow
    const chosen = dataset.symbol === undefined ? ofDates : scans ? byScan : byIndex
    return compileRows(ordered(whereRecent(chosen(dialect, what, which), dialect, dataset, which), dialect, what), what)
  })
  const values = { symbols, end, n, skip: n - 1, days: windowDays(dataset, n) }
  return bind(prepared, { ...values, ...equalValues(equal), ...filterValues(cache, dataset, where) })
}

/** A loose scan of the key sees no other columns: with a filter it would read the whole table. */
const isFiltered = (where: Filters = {}): boolean => Object.values(where).some((value) => value !== undefined)

/** Joins rows of `d` to `m`, which is read first: left to their own planners, MySQL and MariaDB sometimes read all of `d`. */
function joined(dialect: Dialect, what: Columns, m: ReturnType<typeof lastDatesByWindow>): Builder {
  const table = untyped(dialect.kysely.selectFrom([sql`(${m})`.as('m'), aliasedTable(dialect, what.dataset, 'd')]))
  return rowsOf(dialect, what, inOrder(dialect, table))
}

/** Each symbol's last rows only: a loose scan of the key finds the greatest date, one step per symbol. */
function byLooseScan(dialect: Dialect, what: Columns, which: Recent): Builder {
  const { dataset } = what
  const last = recentRows(dialect, dataset, which)
    .select([named(dataset, 'symbol', 's'), sql`max(${role(dataset, 'date')})`.as('t')])
    .groupBy(role(dataset, 'symbol'))
  return onSymbolAndDate(joined(dialect, what, sql`${last}`), dataset)
}

function byWindow(dialect: Dialect, what: Columns, which: Recent): Builder {
  return onSymbolAndDate(joined(dialect, what, lastDatesByWindow(dialect, what.dataset, which)), what.dataset)
}

function bySeek(dialect: Dialect, what: Columns, which: Recent): Builder {
  const { dataset } = what
  const rows = joined(dialect, what, symbolsBySeek(dialect, dataset, which.symbols))
    .where(sql<boolean>`${role(dataset, 'symbol')} = m.s`)
    .where(sql<boolean>`${role(dataset, 'date')} >= ${firstDateBySeek(dialect, dataset, which)}`)
  // The collation of the column may not compare by bytes.
  return dataset.managed === false ? whereSymbols(rows, dataset, which.symbols, dialect) : rows
}

/** The last dates of a dataset without symbols. */
function ofDates(dialect: Dialect, what: Columns, which: Recent): Builder {
  const { dataset } = what
  const dates = recentRows(dialect, dataset, which)
    .select(named(dataset, 'date', 't'))
    .distinct()
    .orderBy(sql`t desc`)
    .limit(sql<number>`${new Placeholder('n')}`)
  return joined(dialect, what, sql`${dates}`).where(sql<boolean>`${role(dataset, 'date')} = m.t`)
}

function onSymbolAndDate(rows: Builder, dataset: Dataset): Builder {
  return rows.where(sql<boolean>`${role(dataset, 'symbol')} = m.s`).where(sql<boolean>`${role(dataset, 'date')} = m.t`)
}

/**
 * Reads two last dates in one pass, for tables without a suitable index: the last date of some symbols within a range, and
 * that of all rows.
 */
export function selectLastDates(cache: QueryCache, dataset: Dataset, range: LastDateRange): ReadQuery {
  const { symbols, start, end, where } = range
  const parts = ['last-dates', dataset.name, lengthShape(symbols), !!start, !!end]
  const shape = [...parts, filterShape(dataset, where)].join('|')
  const prepared = cache.get(shape, (dialect) => {
    const rows = whereSymbols(tableOf(dialect, dataset), dataset, symbols, dialect)
    const chosen = whereDates(rows, dialect, dataset, { start: start && 'start', end: end && 'end' }).toOperationNode()
    const isChosen = SelectQueryNode.is(chosen) && chosen.where ? new ExpressionWrapper(chosen.where.where) : sql`1 = 1`
    const field = declared(dataset, fieldOf(dataset, 'date'))
    const date = role(dataset, 'date')
    const names = ['last_chosen', 'last_date']
    const columns = [sql`max(case when ${isChosen} then ${date} end)`, sql`max(${date})`].map((max, at) =>
      sql`${dialect.readable(field, max)}`.as(names[at] as string),
    )
    return {
      ...compiled(untyped(whereFilters(tableOf(dialect, dataset), dialect, dataset, where).select(columns))),
      columns: names.map((name) => edgeColumn(dataset, fieldOf(dataset, 'date'), name)),
    }
  })
  return bind(prepared, { symbols, start, end, ...filterValues(cache, dataset, where) })
}

type LastDateRange = Pick<RowRange, 'symbols' | 'start' | 'end' | 'where'>

/** The last date that a dataset has for the symbols, on or before `end`; null when there is none. */
export function selectLastDate(cache: QueryCache, dataset: Dataset, range: Omit<RowRange, 'limit'>): ReadQuery {
  const { symbols, start, end, equal, where } = range
  const parts = ['last-date', dataset.name, lengthShape(symbols), !!start, !!end]
  const shape = [...parts, equalShape(equal), filterShape(dataset, where)].join('|')
  const prepared = cache.get(shape, (dialect) => {
    const rowsIn = (one: Dataset): Builder => {
      const ofSymbols = whereSymbols(
        tableOf(dialect, one),
        one,
        one.symbol === undefined ? undefined : symbols,
        dialect,
      )
      const rows = whereFilters(whereEqual(ofSymbols, one, equal), dialect, one, where)
      return whereDates(rows, dialect, one, { start: start && 'start', end: end && 'end' })
    }
    const field = declared(dataset, fieldOf(dataset, 'date'))
    const isSplit = hasMembers(dataset) && isOfEach(dataset, Object.keys({ ...equal, ...where }))
    const { wide } = dataset
    const last = eachLastDate(dialect, dataset, isSplit, (one) =>
      wide ? rowsIn(one).where(columnOf(one, wide.field), 'is not', null) : rowsIn(one),
    )
    const [rows, date] = last ?? [rowsIn(dataset), role(dataset, 'date')]
    const max = dialect.readable(field, sql`max(${date})`)
    return {
      ...compiled(rows.select(sql`${max}`.as('last_date'))),
      columns: [edgeColumn(dataset, fieldOf(dataset, 'date'), 'last_date')],
    }
  })
  return bind(prepared, { symbols, start, end, ...equalValues(equal), ...filterValues(cache, dataset, where) })
}

/** The last date in each of several tables, which their indexes give, and its column. */
function eachLastDate(
  dialect: Dialect,
  dataset: Dataset,
  isSplit: boolean,
  rowsIn: (one: Dataset) => Builder,
): [Builder, RawBuilder<unknown>] | undefined {
  if (!isSplit) return undefined
  const each = eachMember(dialect, dataset, (one) => rowsIn(one).select(sql`max(${role(one, 'date')})`.as('t')))
  return [untyped(dialect.kysely.selectFrom(sql<Record<string, unknown>>`${each}`.as<string>('m'))), sql.ref('m.t')]
}
