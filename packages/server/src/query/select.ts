import type { AdjustmentRule, Dataset } from '@stockdb/contract'
import type { SelectQueryBuilder } from 'kysely'
import { sql } from 'kysely'
import type { Dialect, Tables } from '../engine/dialect.ts'
import type { ReadColumn, ReadQuery } from '../engine/engine.ts'
import { bind, column, listSlots, readColumns, Slot, type Template, type Templates } from './template.ts'

/** Column that a read of adjusted prices adds: the factor that holds on the row's date. */
export const FACTOR_COLUMN = '(factor)'

/** What to read of a dataset's rows, and in which columns. */
export interface Columns {
  readonly dataset: Dataset
  readonly fields: readonly string[]
  /** Adds {@link FACTOR_COLUMN} by this rule. */
  readonly factor?: AdjustmentRule | undefined
}

export interface RangeBounds {
  readonly symbols?: readonly string[] | undefined
  readonly start?: string | undefined
  readonly end?: string | undefined
  readonly limit?: number | undefined
}

export type Filters = Readonly<Record<string, unknown>>

type Builder = SelectQueryBuilder<Tables, string, Record<never, never>>

const padding = (length: number | undefined): string =>
  length === undefined ? '*' : String(listSlots('', length).length)

/** Rows between two dates, ordered by symbol and date. */
export function selectRange(templates: Templates, what: Columns, bounds: RangeBounds): ReadQuery {
  const { symbols, start, end, limit } = bounds
  const shape = [shapeOf('range', what), padding(symbols?.length), !!start, !!end, limit !== undefined].join('|')
  const template = templates.get(shape, (dialect) => {
    let builder = from(dialect, what)
    builder = whereSymbols(builder, what.dataset, symbols?.length)
    if (start) builder = builder.where(role(what.dataset, 'date'), '>=', new Slot('start'))
    if (end) builder = builder.where(role(what.dataset, 'date'), '<=', new Slot('end'))
    return compile(limited(ordered(builder, what.dataset), limit), what)
  })
  return bind(template, { symbols, start, end, limit })
}

/** The rows of one date, ordered by symbol. */
export function selectAt(
  templates: Templates,
  what: Columns,
  { symbols, date }: { symbols?: readonly string[] | undefined; date: string },
): ReadQuery {
  const template = templates.get([shapeOf('at', what), padding(symbols?.length)].join('|'), (dialect) => {
    const builder = whereSymbols(from(dialect, what), what.dataset, symbols?.length)
    return compile(ordered(builder.where(role(what.dataset, 'date'), '=', new Slot('date')), what.dataset), what)
  })
  return bind(template, { symbols, date })
}

/** The last `n` rows of each symbol on or before `end`, ordered by symbol and date. */
export function selectLatest(
  templates: Templates,
  what: Columns,
  { symbols, end, n }: { symbols?: readonly string[] | undefined; end?: string | undefined; n: number },
): ReadQuery {
  const { dataset } = what
  const shape = [shapeOf(n === 1 ? 'last' : 'latest', what), padding(symbols?.length), !!end].join('|')
  const template = templates.get(shape, (dialect) => {
    const date = name(dataset, 'date')
    let recent = dialect.kysely.selectFrom(`${dataset.name} as d`) as unknown as Builder
    recent = whereSymbols(recent, dataset, symbols?.length)
    if (end) recent = recent.where(`d.${date}`, '<=', new Slot('end'))
    const keys = dataset.symbol ? [dataset.symbol] : []
    const byKey = keys.map((key) => sql.ref(`d.${key}`))
    let builder: Builder
    if (n === 1) {
      // The greatest date of each symbol is read from the key by a loose scan, one step a symbol.
      const last = recent
        .select([...keys.map((key) => sql.ref(`d.${key}`).as(key)), sql`max(${sql.ref(`d.${date}`)})`.as('last_date')])
        .groupBy(byKey)
      builder = from(dialect, what).innerJoin(last.as('m'), (join) =>
        [...keys.map((key) => [`m.${key}`, `d.${key}`]), ['m.last_date', `d.${date}`]].reduce(
          (on, [left = '', right = '']) => on.onRef(left, '=', right),
          join,
        ),
      ) as unknown as Builder
    } else {
      const over = sql`${keys.length > 0 ? sql`partition by ${sql.join(byKey)}` : sql``} order by ${sql.ref(`d.${date}`)} desc`
      const ranked = recent.select([
        ...[...keys, date].map((key) => sql.ref(`d.${key}`).as(key)),
        sql`row_number() over (${over})`.as('recency'),
      ])
      builder = from(dialect, what).innerJoin(ranked.as('m'), (join) =>
        [...keys, date].reduce((on, key) => on.onRef(`m.${key}`, '=', `d.${key}`), join),
      ) as unknown as Builder
      builder = builder.where('m.recency', '<=', new Slot('n'))
    }
    return compile(ordered(builder, dataset), what)
  })
  return bind(template, { symbols, end, n })
}

/** Rows whose fields equal the filters, ordered by key. A list means any of its values. */
export function selectList(
  templates: Templates,
  what: Columns,
  { symbols, where, limit }: { symbols?: readonly string[] | undefined; where: Filters; limit?: number | undefined },
): ReadQuery {
  const lists = Object.entries(where).map(([field, value]) => {
    const list = Array.isArray(value) ? value : [value]
    return { field, values: list.filter((one) => one !== null), orNull: list.includes(null) }
  })
  const filters = lists.map(({ field, values, orNull }) => `${field}:${padding(values.length)}:${orNull}`)
  const shape = [shapeOf('list', what), padding(symbols?.length), filters.join(), limit !== undefined].join('|')
  const template = templates.get(shape, (dialect) => {
    let builder = whereSymbols(from(dialect, what), what.dataset, symbols?.length)
    for (const { field, values, orNull } of lists) {
      builder = builder.where((expression) => {
        const ref = `d.${field}`
        const any = values.length > 0 ? [expression(ref, 'in', listSlots(`where.${field}`, values.length))] : []
        return expression.or(orNull ? [...any, expression(ref, 'is', null)] : any)
      })
    }
    return compile(limited(ordered(builder, what.dataset), limit), what)
  })
  const values = Object.fromEntries(lists.map((list) => [`where.${list.field}`, list.values]))
  return bind(template, { symbols, limit, ...values })
}

/** The last date that a dataset has for the symbols, on or before `end`; null when there is none. */
export function selectLastDate(templates: Templates, dataset: Dataset, bounds: Omit<RangeBounds, 'limit'>): ReadQuery {
  const { symbols, start, end } = bounds
  const date = name(dataset, 'date')
  const shape = ['last-date', dataset.name, padding(symbols?.length), !!start, !!end].join('|')
  const template = templates.get(shape, (dialect) => {
    let builder = dialect.kysely.selectFrom(`${dataset.name} as d`) as unknown as Builder
    builder = whereSymbols(builder, dataset, symbols?.length)
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
  { symbols, date }: { symbols?: readonly string[] | undefined; date: string },
): ReadQuery {
  return selectLatest(
    templates,
    { dataset: factors, fields: [name(factors, 'symbol'), rule.factor] },
    { symbols, end: date, n: 1 },
  )
}

function shapeOf(kind: string, { dataset, fields, factor }: Columns): string {
  return [kind, dataset.name, fields.join(), factor ? 'factor' : ''].join('|')
}

function name(dataset: Dataset, which: 'symbol' | 'date'): string {
  const found = dataset[which]
  if (found === undefined) throw new TypeError(`dataset ${dataset.name} has no ${which}`)
  return found
}

const role = (dataset: Dataset, which: 'symbol' | 'date'): string => `d.${name(dataset, which)}`

function from(dialect: Dialect, { dataset, fields, factor }: Columns): Builder {
  let builder = dialect.kysely.selectFrom(`${dataset.name} as d`) as unknown as Builder
  builder = builder.select(
    fields.map((field) =>
      sql`${dialect.readable(dataset.fields[field]?.type ?? 'text', sql.ref(`d.${field}`))}`.as(field),
    ),
  )
  return factor ? withFactor(builder, dialect, dataset, factor) : builder
}

/**
 * Joins the factor of each row. Where a day has none, the last factor before it holds; it is looked up only then, and
 * it may stand on a day without a bar.
 */
function withFactor(builder: Builder, dialect: Dialect, dataset: Dataset, rule: AdjustmentRule): Builder {
  const [symbol, date] = [name(dataset, 'symbol'), name(dataset, 'date')]
  const before = dialect.kysely
    .selectFrom(`${rule.dataset} as g`)
    .select(`g.${rule.factor}`)
    .whereRef(`g.${symbol}`, '=', `d.${symbol}`)
    .whereRef(`g.${date}`, '<', `d.${date}`)
    .where(`g.${rule.factor}`, 'is not', null)
    .orderBy(`g.${date}`, 'desc')
    .limit(sql<number>`1`)
  return builder
    .leftJoin(`${rule.dataset} as f`, (join) =>
      join.onRef(`f.${symbol}`, '=', `d.${symbol}`).onRef(`f.${date}`, '=', `d.${date}`),
    )
    .select(sql`coalesce(${sql.ref(`f.${rule.factor}`)}, ${before})`.as(FACTOR_COLUMN)) as unknown as Builder
}

function whereSymbols(builder: Builder, dataset: Dataset, length: number | undefined): Builder {
  if (length === undefined) return builder
  const slots = listSlots('symbols', length)
  // An empty list asks for nothing, which is not the same as asking for everything.
  if (slots.length === 0) return builder.where(sql<boolean>`1 = 0`)
  return slots.length === 1
    ? builder.where(role(dataset, 'symbol'), '=', slots[0])
    : builder.where(role(dataset, 'symbol'), 'in', slots)
}

function ordered(builder: Builder, dataset: Dataset): Builder {
  const order = dataset.date ? [dataset.symbol, dataset.date] : dataset.key
  return order.filter((field) => field !== undefined).reduce((query, field) => query.orderBy(`d.${field}`), builder)
}

function limited(builder: Builder, limit: number | undefined): Builder {
  return limit === undefined ? builder : builder.limit(sql<number>`${new Slot('limit')}`)
}

function compile(builder: Builder, { dataset, fields, factor }: Columns): Template {
  const columns: ReadColumn[] = readColumns(dataset, fields)
  return { ...compiled(builder), columns: factor ? [...columns, column(FACTOR_COLUMN, 'float64')] : columns }
}

function compiled(builder: Builder): Omit<Template, 'columns'> {
  const { sql: text, parameters } = builder.compile()
  return { sql: text, parameters }
}
