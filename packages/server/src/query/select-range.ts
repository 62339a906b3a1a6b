import type { ReadQuery } from '../engine/engine.ts'
import {
  type Columns,
  compileRows,
  lengthShape,
  limited,
  ordered,
  role,
  rowsOf,
  type Symbols,
  shapeOf,
  whereSymbols,
} from './rows.ts'
import { bind, Slot, type Templates } from './template.ts'

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
    builder = whereSymbols(builder, what.dataset, symbols)
    if (start) builder = builder.where(role(what.dataset, 'date'), '>=', new Slot('start'))
    if (end) builder = builder.where(role(what.dataset, 'date'), '<=', new Slot('end'))
    return compileRows(limited(ordered(builder, what.dataset), limit), what)
  })
  return bind(template, { symbols, start, end, limit })
}

/** The rows of one date, ordered by symbol. */
export function selectAt(
  templates: Templates,
  what: Columns,
  { symbols, date }: { symbols?: Symbols; date: string },
): ReadQuery {
  const template = templates.get([shapeOf('at', what), lengthShape(symbols)].join('|'), (dialect) => {
    const builder = whereSymbols(rowsOf(dialect, what), what.dataset, symbols)
    return compileRows(ordered(builder.where(role(what.dataset, 'date'), '=', new Slot('date')), what.dataset), what)
  })
  return bind(template, { symbols, date })
}
