import type { Dataset } from '@stockdb/contract'
import { symbol } from '@stockdb/contract'
import type { CheckedScreen, FieldPath } from '@stockdb/contract/internal'
import { type RawBuilder, sql } from 'kysely'
import { declared, frameField } from '../columns.ts'
import { readAs } from '../instruments/stocks.ts'
import type { QueryPlan } from '../planner.ts'
import { bind, column, type QueryCache } from '../prepared-query.ts'
import { compiled, untyped } from '../rows.ts'
import { conditionOf, conditionShape, type KeptField } from './conditions.ts'
import { dayOf, hasPart, joinPart, partColumn } from './joins.ts'
import { describePart, type Part } from './parts.ts'
import type { Universe } from './universe.ts'

const CODE = 'ts_code'
/** Names of columns that no catalogue has. */
const TAKEN = '(taken)'
const rowOf = ({ alias }: Part): string => `(row of ${alias})`

/** A screen worked out: whom it looks at, and what is joined to them. */
export interface ScreenPlan {
  readonly universe: Universe
  readonly parts: readonly Part[]
  /** The date of the constituents, where an index is asked for. */
  readonly published?: string | undefined
  /** The day whose rows are taken of a dataset, by its name, where that had to be found. */
  readonly days: ReadonlyMap<string, string>
}

/**
 * The stocks of the universe that meet all conditions, in the order asked for and then by code; behind them the others are
 * read as well, to tell how many have rows at all.
 */
export function screenQuestion(cache: QueryCache, plan: ScreenPlan, input: CheckedScreen): QueryPlan {
  const { universe, parts, published, days } = plan
  const { date, where, fields, sort, limit, index, symbols, report_type, sameDay } = input
  const partOf = (path: FieldPath): Part => {
    const part = parts.find(({ dataset }) => dataset.name === path.dataset)
    if (!part) throw new TypeError(`the screen has no part ${path.dataset}`)
    return part
  }
  const find = (path: FieldPath): { field: KeptField; column: RawBuilder<unknown> } => {
    const part = partOf(path)
    const field = { ...declared(part.dataset, path.field), loose: part.dataset.managed === false }
    return { field, column: partColumn(part, path.field) }
  }
  const asked = [...new Map(fields.map((path) => [path.key, path])).values()]
  const shown: Dataset = {
    name: 'screen',
    description: 'Stocks that meet conditions',
    fields: {
      [CODE]: symbol.required('Code of the stock'),
      // Where a dataset has no row of a stock everything of it is null.
      ...Object.fromEntries(
        asked.map((path) => [path.key, { ...declared(partOf(path).dataset, path.field), nullable: true }]),
      ),
    },
    key: [CODE],
    symbol: CODE,
  }
  const conditions = where.flatMap((path) => path.conditions.map((condition) => ({ path, condition })))
  const shape = JSON.stringify([
    'screen',
    [universe.kind, symbols !== undefined, sameDay],
    parts.map(({ dataset, taken, fields }) => [dataset.name, taken.by, fields]),
    conditions.map(({ path, condition }) => [path.key, conditionShape(condition)]),
    asked.map(({ key }) => key),
    sort.map(({ key, order }) => [key, order]),
  ])
  const prepared = cache.get(shape, (dialect) => {
    let rows = universe.rows(dialect, 'u')
    for (const part of parts) rows = joinPart(rows, part, { dialect, universe, sameDay })
    const met = conditions.map(({ path, condition }, at) => {
      const { field, column } = find(path)
      return conditionOf(dialect, field, column, condition, `where.${at}`)
    })
    const isMet = met.length === 0 ? sql`1 = 1` : sql`${sql.join(met, sql` and `)}`
    rows = rows.orderBy(sql`${sql.id(TAKEN)}`, 'desc')
    for (const path of sort) {
      const { field, column } = find(path)
      // Nulls come last in either order.
      rows = rows.orderBy(sql`${column} is null`).orderBy(sql`${dialect.comparable(field, column)}`, path.order)
    }
    const columns = asked.map((path) => {
      const { field, column } = find(path)
      return sql`${dialect.readable(field, column)}`.as(path.key)
    })
    const whole = untyped(
      rows.select([
        universe.code('u').as(CODE),
        ...columns,
        flag(isMet).as(TAKEN),
        ...parts.map((part) => flag(hasPart(part)).as(rowOf(part))),
      ]),
    ).orderBy(universe.code('u'))
    return {
      ...compiled(whole),
      columns: [...readAs(shown.fields), column(TAKEN, 'int32'), ...parts.map((part) => column(rowOf(part), 'int32'))],
    }
  })
  const values = Object.fromEntries(
    conditions.map(({ path, condition }, at) => [
      `where.${at}`,
      condition.operator === 'isNull' ? [] : cache.compared(partOf(path).dataset, path.field, condition.values),
    ]),
  )
  return {
    dataset: shown,
    query: bind(prepared, {
      ...values,
      // Without a day there is no row that would have it.
      ...Object.fromEntries(parts.map((part) => [dayOf(part), days.get(part.dataset.name) ?? null])),
      date,
      index,
      published,
      codes: symbols && JSON.stringify(symbols),
      reportType: report_type,
    }),
    fields: Object.keys(shown.fields).map((name) => frameField(shown, name)),
    arguments: argumentsOf(input),
    limit,
    span: { of: 'symbols', symbols },
    members: { taken: TAKEN, datasets: parts.map((part) => ({ dataset: part.dataset.name, column: rowOf(part) })) },
    asOf: {
      date,
      rule: [
        published === undefined ? universe.rule : `${universe.rule}: ${published}`,
        ...parts.map((part) => describePart(part, sameDay, days.get(part.dataset.name))),
      ].join('; '),
    },
  }
}

const flag = (condition: RawBuilder<unknown>) => sql`case when ${condition} then 1 else 0 end`

/** The arguments as understood, in the words of the caller. */
function argumentsOf({ where, fields, sort, ...rest }: CheckedScreen): Record<string, unknown> {
  return {
    ...rest,
    where: Object.fromEntries(where.map(({ key, conditions }) => [key, Object.fromEntries(conditions.map(wordsOf))])),
    fields: fields.map(({ key }) => key),
    sort: sort.map(({ key, order }) => ({ by: key, order })),
  }
}

function wordsOf(condition: CheckedScreen['where'][number]['conditions'][number]): [string, unknown] {
  if (condition.operator === 'isNull') return ['isNull', condition.is]
  // JSON knows no bigint.
  const values = condition.values.map((value) => (typeof value === 'bigint' ? String(value) : value))
  return [condition.operator, condition.operator === 'between' || condition.operator === 'in' ? values : values[0]]
}
