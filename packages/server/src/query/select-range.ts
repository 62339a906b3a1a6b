import type { ReadQuery } from '../engine/engine.ts'
import { dateSlot, declared, fieldOf, role } from './columns.ts'
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
import { bind, type Templates } from './template.ts'

export interface RangeBounds {
  readonly symbols?: Symbols
  readonly start?: string | undefined
  readonly end?: string | undefined
  readonly limit?: number | undefined
  readonly equal?: Equal | undefined
}

/** Rows between two dates, ordered by symbol and date. */
export function selectRange(templates: Templates, what: Columns, bounds: RangeBounds): ReadQuery {
  const { symbols, start, end, limit, equal } = bounds
  const parts = [shapeOf('range', what), lengthShape(symbols), !!start, !!end, limit !== undefined, equalShape(equal)]
  const template = templates.get(parts.join('|'), (dialect) => {
    let builder = rowsOf(dialect, what)
    builder = whereEqual(whereSymbols(builder, what.dataset, symbols, dialect), what.dataset, equal)
    if (start) builder = builder.where(role(what.dataset, 'date'), '>=', dateSlot(what.dataset, 'start'))
    if (end) builder = builder.where(role(what.dataset, 'date'), '<=', dateSlot(what.dataset, 'end'))
    return compileRows(limited(ordered(builder, what.dataset), limit), what)
  })
  return bind(template, { symbols, start, end, limit, ...equalValues(equal) })
}

/** The rows of one date, ordered by symbol; where rows have a time, those of its day up to it. */
export function selectAt(
  templates: Templates,
  what: Columns,
  { symbols, date, equal }: { symbols?: Symbols; date: string; equal?: Equal | undefined },
): ReadQuery {
  const { dataset } = what
  if (declared(dataset, fieldOf(dataset, 'date')).type === 'datetime') {
    return selectRange(templates, what, { symbols, start: `${date.slice(0, 10)} 00:00:00`, end: date, equal })
  }
  const template = templates.get(
    [shapeOf('at', what), lengthShape(symbols), equalShape(equal)].join('|'),
    (dialect) => {
      const builder = whereEqual(whereSymbols(rowsOf(dialect, what), dataset, symbols, dialect), dataset, equal)
      return compileRows(ordered(builder.where(role(dataset, 'date'), '=', dateSlot(dataset, 'date')), dataset), what)
    },
  )
  return bind(template, { symbols, date, ...equalValues(equal) })
}
