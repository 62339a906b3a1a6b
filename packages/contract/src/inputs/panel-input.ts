import { type Dataset, distinguishing } from '../dataset.ts'
import type { Field } from '../fields.ts'
import { limits } from '../protocol.ts'
import { type Argument, count, date, oneOf, optional } from './argument-kinds.ts'
import type { DateArgument, UnknownSymbols } from './arguments.ts'
import { type AdjustArguments, fieldArgument, type WhereArgument } from './dataset-arguments.ts'

/** How a panel fills a trading day without a row. */
export const fills = ['none', 'previous'] as const
/** How a panel fills a trading day without a row. */
export type Fill = (typeof fills)[number]

/** Whether a dataset has one row per symbol and trading day, so that its numbers fit dates × symbols. */
export function isPanelled(dataset: Dataset): boolean {
  const { symbol, date, calendar, fields } = dataset
  const roles = [symbol, date]
  const key = distinguishing(dataset)
  return (
    symbol !== undefined &&
    date !== undefined &&
    calendar !== undefined &&
    fields[date]?.type === 'date' &&
    key.length === 2 &&
    key.every((name) => roles.includes(name))
  )
}

/** The fields of a dataset that can be a panel. */
export const panelFields = (dataset: Dataset): string[] =>
  Object.entries(dataset.fields)
    .filter(([, { type }]) => type === 'float64' || type === 'int32' || type === 'int64')
    .map(([name]) => name)

/** `Then` for datasets with one row per symbol and trading day, the type of {@link isPanelled}. */
export type IfPanelled<D extends Dataset, Then> = D extends {
  readonly symbol: string
  readonly date: infer Day extends string
  readonly calendar: string
}
  ? D['fields'][Day] extends Field<'date'>
    ? // Wrapped, so that the two unions are compared as a whole.
      [D['symbol'] | Day, Distinguishing<D>] extends [Distinguishing<D>, D['symbol'] | Day]
      ? Then
      : unknown
    : unknown
  : unknown

/** The type of {@link distinguishing}. */
type Distinguishing<D extends Dataset> = Exclude<
  D['key'][number],
  D extends { readonly only: infer Only } ? keyof Only : never
>

/** The numeric fields of a dataset; integers become doubles, and one beyond 2^53 is an error. */
export type PanelField<D extends Dataset> = {
  [K in keyof D['fields']]: D['fields'][K] extends Field<'float64' | 'int32' | 'int64'> ? K : never
}[keyof D['fields']] &
  string

/** Input of `panel`: dates as `YYYY-MM-DD` or `YYYYMMDD`, both ends inclusive. */
export type PanelInput<D extends Dataset, F extends PanelField<D> = PanelField<D>> = {
  /**
   * The codes, at most 10,000, each with a column; by default those with a row.
   *
   * @example
   * ```ts
   * await db.daily.panel({ symbols: ['600519.SH', '000858.SZ'], start: '2024-01-01', end: '2024-06-28', fields: ['close'] })
   * ```
   */
  readonly symbols?: readonly string[] | undefined
  /**
   * What to do with codes that the database does not have; with `'ignore'` their columns are NaN.
   *
   * @default 'error', or the option of `connect`
   * @example
   * ```ts
   * await db.daily.panel({ symbols: ['600519.SH', '999999.SH'], unknownSymbols: 'ignore', start: '2024-01-01', end: '2024-06-28', fields: ['close'] })
   * ```
   */
  readonly unknownSymbols?: UnknownSymbols | undefined
  /**
   * The first day, inclusive, as `YYYY-MM-DD` or `YYYYMMDD`.
   *
   * @example
   * ```ts
   * await db.daily.panel({ start: '2024-01-01', end: '2024-06-28', fields: ['close'] })
   * ```
   */
  readonly start: DateArgument
  /**
   * The last day, inclusive, as `YYYY-MM-DD` or `YYYYMMDD`.
   *
   * @example
   * ```ts
   * await db.daily.panel({ start: '2024-01', end: '2024-06', fields: ['close'] }) // until the last day of June
   * ```
   */
  readonly end: DateArgument
  /**
   * The numeric fields, one panel for each.
   *
   * @example
   * ```ts
   * const { panels } = await db.daily.panel({ start: '2024-01-01', end: '2024-06-28', fields: ['open', 'close'] })
   * ```
   */
  readonly fields: readonly F[]
  /**
   * What a trading day without a row has: NaN, or with `previous` the symbol's last row before it.
   *
   * The last row may be from before `start`. Filling ends on the day of the delisting. A null in a row stays a null.
   *
   * @default 'none'
   * @example
   * ```ts
   * await db.daily.panel({ start: '2024-01-01', end: '2024-06-28', fields: ['close'], fill: 'previous' })
   * ```
   */
  readonly fill?: Fill | undefined
  /**
   * The maximum number of trading days for which `fill: 'previous'` repeats a row; later days are NaN.
   *
   * Trading days before `start` count. `meta.coverage.cellsFilled` counts the filled cells.
   *
   * @default any number
   * @example
   * ```ts
   * await db.daily.panel({ start: '2024-01-01', end: '2024-06-28', fields: ['close'], fill: 'previous', maxFill: 5 })
   * ```
   */
  readonly maxFill?: number | undefined
} & WhereArgument<D> &
  AdjustArguments<D>

/** How the arguments of `panel` alone are checked: both ends of the range. @internal */
export const wholeSpan = () => ({ start: date('first'), end: date('last') })

/** How its fields are checked. @internal */
export const numericFields = (dataset: Dataset): { readonly fields: Argument<string[]> } => ({
  fields: {
    kind: 'list',
    of: fieldArgument(dataset, panelFields(dataset), 'a numeric field'),
    least: 1,
    most: limits.fields,
    expected: `a list of 1 to ${limits.fields} numeric fields of ${dataset.name}`,
  },
})

/** How its arguments that fill gaps are checked. @internal */
export const fill = () => ({ fill: optional(oneOf(fills)), maxFill: optional(count(limits.maxFill)) })
