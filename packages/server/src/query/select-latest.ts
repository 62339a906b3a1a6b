import type { AdjustmentRule, Dataset } from '@stockdb/contract'
import { sql } from 'kysely'
import type { ReadQuery } from '../engine/engine.ts'
import {
  type Builder,
  type Columns,
  compiled,
  compileRows,
  fieldOf,
  lengthShape,
  ordered,
  role,
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
    let recent = whereSymbols(tableOf(dialect, dataset), dataset, symbols)
    if (end) recent = recent.where(role(dataset, 'date'), '<=', new Slot('end'))
    if (present) recent = recent.where(`d.${present}`, 'is not', null)
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
    .select([...symbols.map(fromTable), sql`max(${sql.ref(`d.${date}`)})`.as(date)])
    .groupBy(symbols.map((symbol) => sql.ref(`d.${symbol}`)))
  return joinOn(rows, last, [...symbols, date])
}

/** Only each symbol's last rows, as many as `n` is bound to, numbered from the last back. */
function joinRanked(rows: Builder, recent: Builder, dataset: Dataset): Builder {
  const date = fieldOf(dataset, 'date')
  const symbols = dataset.symbol === undefined ? [] : [dataset.symbol]
  const partition = dataset.symbol === undefined ? sql`` : sql`partition by ${sql.ref(`d.${dataset.symbol}`)}`
  const ranked = recent.select([
    ...[...symbols, date].map(fromTable),
    sql`row_number() over (${partition} order by ${sql.ref(`d.${date}`)} desc)`.as('recency'),
  ])
  return joinOn(rows, ranked, [...symbols, date]).where('m.recency', '<=', new Slot('n'))
}

const fromTable = (field: string) => sql.ref(`d.${field}`).as(field)

function joinOn(rows: Builder, chosen: Builder, fields: readonly string[]): Builder {
  return untyped(
    rows.innerJoin(chosen.as('m'), (join) =>
      fields.reduce((on, field) => on.onRef(`m.${field}`, '=', `d.${field}`), join),
    ),
  )
}

/** The last date that a dataset has for the symbols, on or before `end`; null when there is none. */
export function selectLastDate(templates: Templates, dataset: Dataset, bounds: Omit<RangeBounds, 'limit'>): ReadQuery {
  const { symbols, start, end } = bounds
  const date = fieldOf(dataset, 'date')
  const shape = ['last-date', dataset.name, lengthShape(symbols), !!start, !!end].join('|')
  const template = templates.get(shape, (dialect) => {
    let builder = tableOf(dialect, dataset)
    builder = whereSymbols(builder, dataset, symbols)
    if (start) builder = builder.where(`d.${date}`, '>=', new Slot('start'))
    if (end) builder = builder.where(`d.${date}`, '<=', new Slot('end'))
    const max = dialect.readable('date', sql`max(${sql.ref(`d.${date}`)})`)
    return { ...compiled(builder.select(sql`${max}`.as('last_date'))), columns: [column('last_date', 'date')] }
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
