import type { ReadQuery } from '../engine/engine.ts'
import { type Filters, filterShape, filterValues, whereFilters } from './filters.ts'
import { bind, type QueryCache } from './prepared-query.ts'
import {
  type Columns,
  compileRows,
  lengthShape,
  limited,
  ordered,
  rowsOf,
  type Symbols,
  shapeOf,
  whereSymbols,
} from './rows.ts'

/** Reads rows whose fields equal the filters, ordered by key. A list matches any of its values. */
export function selectList(
  cache: QueryCache,
  what: Columns,
  { symbols, where, limit }: { symbols?: Symbols; where: Filters; limit?: number | undefined },
): ReadQuery {
  const shape = [
    shapeOf('list', what),
    lengthShape(symbols),
    filterShape(what.dataset, where),
    limit !== undefined,
  ].join('|')
  const prepared = cache.get(shape, (dialect) => {
    const ofSymbols = whereSymbols(rowsOf(dialect, what), what.dataset, symbols, dialect)
    const rows = whereFilters(ofSymbols, dialect, what.dataset, where)
    return compileRows(limited(ordered(rows, dialect, what), limit), what)
  })
  return bind(prepared, { symbols, limit, ...filterValues(cache, what.dataset, where) })
}
