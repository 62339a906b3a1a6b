import type { Dataset } from '@stockdb/contract'
import { symbol } from '@stockdb/contract'
import type { FieldPath } from '@stockdb/contract/internal'
import { type RawBuilder, sql } from 'kysely'
import type { ReadColumn, ReadQuery } from '../../engine/engine.ts'
import { columnOf, declared, isPlain } from '../columns.ts'
import { readAs } from '../instruments/stocks.ts'
import { bind, column, type QueryCache, readColumns, sourceOf } from '../prepared-query.ts'
import type { ScreenRead } from '../read-types.ts'
import { compiled, untyped } from '../rows.ts'
import { conditionOf, conditionShape, type KeptField } from './conditions.ts'
import { chosenBy, dayOf, hasPart, joinPart, partColumn } from './joins.ts'
import { type Part, partsOf } from './parts.ts'
import { type Universe, universeOf } from './universe.ts'

const CODE = 'ts_code'
/** Names of columns that no catalogue has. */
export const TAKEN = '(taken)'
export const rowOf = ({ alias }: Part): string => `(row of ${alias})`

function partOf(parts: readonly Part[], path: FieldPath): Part {
  const part = parts.find(({ dataset }) => dataset.name === path.dataset)
  if (!part) throw new TypeError(`the screen has no part ${path.dataset}`)
  return part
}

/** The dataset that the answer is shown as. */
export function shownScreen(parts: readonly Part[], fields: readonly FieldPath[]): Dataset {
  return {
    name: 'screen',
    description: 'Stocks that meet conditions',
    fields: {
      [CODE]: symbol.required('Code of the stock'),
      // Where a dataset has no row of a stock everything of it is null.
      ...Object.fromEntries(
        fields.map((path) => [path.key, { ...declared(partOf(parts, path).dataset, path.field), nullable: true }]),
      ),
    },
    key: [CODE],
    symbol: CODE,
  }
}

/** Reads the stocks of a screen's universe, those that meet all conditions first, with a column that marks them. */
export function selectScreen(
  cache: QueryCache,
  read: ScreenRead,
  lookup: (name: string) => string | undefined,
): ReadQuery {
  const { date, where, fields, sort, index, symbols, report_type, sameDay, published, days } = read
  const universe = universeOf(cache.catalogue, read)
  const parts = partsOf(cache.catalogue, read)
  const find = (path: FieldPath): { field: KeptField; column: RawBuilder<unknown> } => {
    const part = partOf(parts, path)
    const field = { ...declared(part.dataset, path.field), loose: part.dataset.managed === false }
    return { field, column: partColumn(part, path.field) }
  }
  const asked = [...new Map(fields.map((path) => [path.key, path])).values()]
  const conditions = where.flatMap((path) => path.conditions.map((condition) => ({ path, condition })))
  const shape = JSON.stringify([
    'screen',
    [universe.kind, symbols !== undefined, sameDay],
    parts.map(({ dataset, taken, fields }) => [dataset.name, taken.by, fields, cache.scans(dataset)]),
    conditions.map(({ path, condition }) => [path.key, conditionShape(condition)]),
    asked.map(({ key }) => key),
    sort.map(({ key, order }) => [key, order]),
  ])
  const prepared = cache.get(shape, (dialect) => {
    let rows = universe.rows(dialect, 'u')
    for (const part of parts)
      rows = joinPart(rows, part, { dialect, universe, sameDay, scans: cache.scans(part.dataset) })
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
        ...[...unseen(parts, asked), ...unseenOf(universe)].map(({ dataset, field, name, own }) =>
          sql`${dialect.readable(declared(dataset, field), own)}`.as(name),
        ),
      ]),
    ).orderBy(universe.code('u'))
    return {
      ...compiled(whole),
      columns: [
        ...readAs(shownScreen(parts, fields).fields).map((shown, at): ReadColumn => {
          const path = asked[at - 1]
          return path ? { ...shown, source: sourceOf(partOf(parts, path).dataset, path.field) } : shown
        }),
        column(TAKEN, 'int32'),
        ...parts.map((part) => column(rowOf(part), 'int32')),
        ...[...unseen(parts, asked), ...unseenOf(universe)].map(({ dataset, field, name }) => ({
          ...(readColumns(dataset, [field])[0] as ReadColumn),
          ...{ name, nullable: true },
        })),
      ],
    }
  })
  const values = Object.fromEntries(
    conditions.map(({ path, condition }, at) => [
      `where.${at}`,
      condition.operator === 'isNull' ? [] : cache.compared(partOf(parts, path).dataset, path.field, condition.values),
    ]),
  )
  const dayOfPart = (part: Part): string | null => {
    const found = days[part.dataset.name]
    // Without a day there is no row that would have it.
    return (found && lookup(found.lookup)) ?? null
  }
  return bind(prepared, {
    ...values,
    ...Object.fromEntries(parts.map((part) => [dayOf(part), dayOfPart(part)])),
    date,
    index,
    published: published && lookup(published.lookup),
    codes: symbols && JSON.stringify(symbols),
    reportType: report_type,
  })
}

/** A column that chooses rows and is not shown. It is read so that a table which was replaced by one of other types is noticed. */
interface Unseen {
  readonly dataset: Dataset
  readonly field: string
  readonly name: string
  readonly own: RawBuilder<unknown>
}

const unseen = (parts: readonly Part[], asked: readonly FieldPath[]): Unseen[] =>
  parts.flatMap((part) =>
    chosenBy(part)
      .filter((field) => !asked.some(({ dataset, field: shown }) => dataset === part.dataset.name && field === shown))
      .map((field) => ({
        ...{ dataset: part.dataset, field, name: `(${part.alias}) ${field}`, own: partColumn(part, field) },
      })),
  )

const unseenOf = ({ dataset, fields }: Universe): Unseen[] =>
  dataset
    ? fields
        .filter((field) => isPlain(dataset, field))
        .map((field) => ({ dataset, field, name: `(u) ${field}`, own: columnOf(dataset, field, 'u') }))
    : []

const flag = (condition: RawBuilder<unknown>) => sql`case when ${condition} then 1 else 0 end`
