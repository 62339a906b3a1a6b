import { sql } from 'kysely'
import type { ReadQuery } from '../engine/engine.ts'
import { columnOf, declared } from './columns.ts'
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
import { bind, listSlots, type Templates } from './template.ts'

/** Fields with the value, or the list of values any of which will do, that they must equal. */
export type Filters = Readonly<Record<string, unknown>>

/** Rows whose fields equal the filters, ordered by key. A list means any of its values. */
export function selectList(
  templates: Templates,
  what: Columns,
  { symbols, where, limit }: { symbols?: Symbols; where: Filters; limit?: number | undefined },
): ReadQuery {
  const lists = Object.entries(where).map(([field, value]) => {
    const list = Array.isArray(value) ? value : [value]
    return { field, values: list.filter((one) => one !== null), orNull: list.includes(null) }
  })
  const filters = lists.map(({ field, values, orNull }) => `${field}:${lengthShape(values)}:${orNull}`)
  const shape = [shapeOf('list', what), lengthShape(symbols), filters.join(), limit !== undefined].join('|')
  const template = templates.get(shape, (dialect) => {
    let builder = whereSymbols(rowsOf(dialect, what), what.dataset, symbols, dialect)
    for (const { field, values, orNull } of lists) {
      builder = builder.where((expression) => {
        const column = columnOf(what.dataset, field)
        const kept = declared(what.dataset, field)
        // The collation of a symbol's column is ours, and exact, but not where the table is someone else's.
        const compared = what.dataset.foreign && kept.type === 'symbol' ? ({ type: 'text' } as const) : kept
        const exact = sql`${dialect.comparable(compared, column)}`
        const slots = listSlots(`where.${field}`, values.length, kept.stored)
        const any = slots.length > 0 ? [expression(exact, 'in', slots)] : []
        return expression.or(orNull ? [...any, expression(column, 'is', null)] : any)
      })
    }
    return compileRows(limited(ordered(builder, what.dataset), limit), what)
  })
  const values = Object.fromEntries(lists.map((list) => [`where.${list.field}`, list.values]))
  return bind(template, { symbols, limit, ...values })
}
