import type { AdjustmentRule, Dataset } from '@stockdb/contract'
import { sql } from 'kysely'
import type { ReadQuery } from '../engine/engine.ts'
import { columnOf, dateSlot, declared, fieldOf, role } from './columns.ts'
import {
  type Builder,
  type Columns,
  compiled,
  compileRows,
  lengthShape,
  ordered,
  rowsOf,
  type Symbols,
  shapeOf,
  tableOf,
  untyped,
  whereSymbols,
} from './rows.ts'
import type { RangeBounds } from './select-range.ts'
import { bind, column, Slot, type Templates } from './template.ts'

/**
 * The last `n` rows of each symbol on or before `end`, ordered by symbol and date; of those in which the field `present`
 * is not null, if one is named.
 */
export function selectLatest(
  templates: Templates,
  what: Columns,
  { symbols, end, n, present }: { symbols?: Symbols; end?: string | undefined; n: number; present?: string },
): ReadQuery {
  const { dataset } = what
  const shape = [shapeOf(n === 1 ? 'last' : 'latest', what), lengthShape(symbols), !!end, present].join('|')
  const template = templates.get(shape, (dialect) => {
    let recent = whereSymbols(tableOf(dialect, dataset), dataset, symbols, dialect)
    if (end) recent = recent.where(role(dataset, 'date'), '<=', dateSlot(dataset, 'end'))
    if (present) recent = recent.where(columnOf(dataset, present), 'is not', null)
    const rows = rowsOf(dialect, what)
    const latest = n === 1 ? joinLast(rows, recent, dataset) : joinRanked(rows, recent, dataset)
    return compileRows(ordered(latest, dataset), what)
  })
  return bind(template, { symbols, end, n })
}

/** Only each symbol's last row: the greatest date is read from the key by a loose scan, one step a symbol. */
function joinLast(rows: Builder, recent: Builder, dataset: Dataset): Builder {
  const date = fieldOf(dataset, 'date')
  const symbols = dataset.symbol === undefined ? [] : [dataset.symbol]
  const last = recent
    .select([...symbols.map((field) => own(dataset, field)), sql`max(${role(dataset, 'date')})`.as(date)])
    .groupBy(symbols.map((field) => columnOf(dataset, field)))
  return joinOn(rows, last, dataset, [...symbols, date])
}

/** Only each symbol's last rows, as many as `n` is bound to, numbered from the last back. */
function joinRanked(rows: Builder, recent: Builder, dataset: Dataset): Builder {
  const date = fieldOf(dataset, 'date')
  const symbols = dataset.symbol === undefined ? [] : [dataset.symbol]
  const partition = dataset.symbol === undefined ? sql`` : sql`partition by ${role(dataset, 'symbol')}`
  const ranked = recent.select([
    ...[...symbols, date].map((field) => own(dataset, field)),
    sql`row_number() over (${partition} order by ${role(dataset, 'date')} desc)`.as('recency'),
  ])
  return joinOn(rows, ranked, dataset, [...symbols, date]).where('m.recency', '<=', new Slot('n'))
}

const own = (dataset: Dataset, field: string) => columnOf(dataset, field).as(field)

function joinOn(rows: Builder, chosen: Builder, dataset: Dataset, fields: readonly string[]): Builder {
  return untyped(
    rows.innerJoin(chosen.as('m'), (join) =>
      fields.reduce((on, field) => on.on(sql<boolean>`${sql.id('m', field)} = ${columnOf(dataset, field)}`), join),
    ),
  )
}

/** The last date that a dataset has for the symbols, on or before `end`; null when there is none. */
export function selectLastDate(templates: Templates, dataset: Dataset, bounds: Omit<RangeBounds, 'limit'>): ReadQuery {
  const { symbols, start, end } = bounds
  const shape = ['last-date', dataset.name, lengthShape(symbols), !!start, !!end].join('|')
  const template = templates.get(shape, (dialect) => {
    let builder = tableOf(dialect, dataset)
    builder = whereSymbols(builder, dataset, symbols, dialect)
    const date = role(dataset, 'date')
    if (start) builder = builder.where(date, '>=', dateSlot(dataset, 'start'))
    if (end) builder = builder.where(date, '<=', dateSlot(dataset, 'end'))
    const field = declared(dataset, fieldOf(dataset, 'date'))
    const max = dialect.readable(field, sql`max(${date})`)
    return { ...compiled(builder.select(sql`${max}`.as('last_date'))), columns: [column('last_date', field.type)] }
  })
  return bind(template, { symbols, start, end })
}

/** For each symbol the factor that holds on a date: the last one on or before it. */
export function selectFactors(
  templates: Templates,
  factors: Dataset,
  rule: AdjustmentRule,
  { symbols, date }: { symbols?: Symbols; date: string },
): ReadQuery {
  return selectLatest(
    templates,
    { dataset: factors, fields: [fieldOf(factors, 'symbol'), rule.factor] },
    { symbols, end: date, n: 1, present: rule.factor },
  )
}
