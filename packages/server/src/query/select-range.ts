import type { ReadQuery } from '../engine/engine.ts'
import { dateSlot, declared, fieldOf, role } from './columns.ts'
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
import { bind, type Templates } from './template.ts'

export interface RangeBounds {
  readonly symbols?: Symbols
  readonly start?: string | undefined
  readonly end?: string | undefined
  readonly limit?: number | undefined
}

/** Rows between two dates, ordered by symbol and date. */
export function selectRange(templates: Templates, what: Columns, bounds: RangeBounds): ReadQuery {
  const { symbols, start, end, limit } = bounds
  const shape = [shapeOf('range', what), lengthShape(symbols), !!start, !!end, limit !== undefined].join('|')
  const template = templates.get(shape, (dialect) => {
    let builder = rowsOf(dialect, what)
    builder = whereSymbols(builder, what.dataset, symbols, dialect)
    if (start) builder = builder.where(role(what.dataset, 'date'), '>=', dateSlot(what.dataset, 'start'))
    if (end) builder = builder.where(role(what.dataset, 'date'), '<=', dateSlot(what.dataset, 'end'))
    return compileRows(limited(ordered(builder, what.dataset), limit), what)
  })
  return bind(template, { symbols, start, end, limit })
}

/** The rows of one date, ordered by symbol; where rows have a time, those of its day up to it. */
export function selectAt(
  templates: Templates,
  what: Columns,
  { symbols, date }: { symbols?: Symbols; date: string },
): ReadQuery {
  const { dataset } = what
  if (declared(dataset, fieldOf(dataset, 'date')).type === 'datetime') {
    return selectRange(templates, what, { symbols, start: `${date.slice(0, 10)} 00:00:00`, end: date })
  }
  const template = templates.get([shapeOf('at', what), lengthShape(symbols)].join('|'), (dialect) => {
    const builder = whereSymbols(rowsOf(dialect, what), dataset, symbols, dialect)
    return compileRows(ordered(builder.where(role(dataset, 'date'), '=', dateSlot(dataset, 'date')), dataset), what)
  })
  return bind(template, { symbols, date })
}
