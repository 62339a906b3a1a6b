import type { ReadQuery } from '../engine/engine.ts'
import { declared, fieldOf } from './columns.ts'
import { whereDates } from './date-range.ts'
import { type Filters, filterShape, filterValues, whereFilters } from './filters.ts'
import { bind, type QueryCache } from './prepared-query.ts'
import {
  type Columns,
  compileRows,
  type Equal,
  equalShape,
  equalValues,
  lengthShape,
  limited,
  ordered,
  rowsOf,
  type Symbols,
  shapeOf,
  whereEqual,
  whereSymbols,
} from './rows.ts'

export interface RowRange {
  readonly symbols?: Symbols
  readonly start?: string | undefined
  readonly end?: string | undefined
  readonly limit?: number | undefined
  readonly equal?: Equal | undefined
  readonly where?: Filters | undefined
}

/** Rows between two dates, ordered by symbol and date. */
export function selectRange(cache: QueryCache, what: Columns, range: RowRange): ReadQuery {
  const { symbols, start, end, limit, equal, where } = range
  const kind = [shapeOf('range', what), lengthShape(symbols), !!start, !!end, limit !== undefined]
  const shape = [...kind, equalShape(equal), filterShape(what.dataset, where)].join('|')
  const prepared = cache.get(shape, (dialect) => {
    let builder = rowsOf(dialect, what)
    builder = whereEqual(whereSymbols(builder, what.dataset, symbols, dialect), what.dataset, equal)
    builder = whereFilters(builder, dialect, what.dataset, where)
    builder = whereDates(builder, dialect, what.dataset, { start: start && 'start', end: end && 'end' })
    return compileRows(limited(ordered(builder, dialect, what), limit), what)
  })
  return bind(prepared, {
    symbols,
    start,
    end,
    limit,
    ...equalValues(equal),
    ...filterValues(cache, what.dataset, where),
  })
}

/** The rows of one date, ordered by symbol; where rows have a time, those of its day up to it. */
export function selectAt(
  cache: QueryCache,
  what: Columns,
  range: Pick<RowRange, 'symbols' | 'equal' | 'where'> & { date: string },
): ReadQuery {
  const { dataset } = what
  const { symbols, date, equal, where } = range
  if (declared(dataset, fieldOf(dataset, 'date')).type === 'datetime') {
    return selectRange(cache, what, { symbols, start: `${date.slice(0, 10)} 00:00:00`, end: date, equal, where })
  }
  const shape = [shapeOf('at', what), lengthShape(symbols), equalShape(equal), filterShape(what.dataset, where)].join(
    '|',
  )
  const prepared = cache.get(shape, (dialect) => {
    const ofSymbols = whereEqual(whereSymbols(rowsOf(dialect, what), dataset, symbols, dialect), dataset, equal)
    const rows = whereFilters(ofSymbols, dialect, dataset, where)
    const ofDay = whereDates(rows, dialect, dataset, { start: 'date', end: 'date' })
    return compileRows(ordered(ofDay, dialect, what), what)
  })
  return bind(prepared, { symbols, date, ...equalValues(equal), ...filterValues(cache, dataset, where) })
}
