import { type Dataset, distinguishing } from '../dataset.ts'
import type { Field } from '../fields.ts'
import type { UnknownSymbols } from './arguments.ts'
import type { AdjustArguments, WhereArgument } from './dataset-inputs.ts'

export const fills = ['none', 'previous'] as const
export type Fill = (typeof fills)[number]

/** Whether a dataset has one row a symbol and trading day, so that its numbers can be laid out as dates × symbols. */
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

/** The fields of a dataset that a panel can be of. */
export const panelFields = (dataset: Dataset): string[] =>
  Object.entries(dataset.fields)
    .filter(([, { type }]) => type === 'float64' || type === 'int32' || type === 'int64')
    .map(([name]) => name)

/** `Then` for datasets with one row a symbol and trading day, the type of {@link isPanelled}. */
export type IfPanelled<D extends Dataset, Then> = D extends {
  readonly symbol: string
  readonly date: infer Day extends string
  readonly calendar: string
}
  ? D['fields'][Day] extends Field<'date'>
    ? // Wrapped, so that the two unions are compared as they are.
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

/** The numeric fields of a dataset; whole numbers come as doubles, and one beyond 2^53 is an error. */
export type PanelField<D extends Dataset> = {
  [K in keyof D['fields']]: D['fields'][K] extends Field<'float64' | 'int32' | 'int64'> ? K : never
}[keyof D['fields']] &
  string

/** Input of `panel`: dates as `YYYY-MM-DD` or `YYYYMMDD`, both ends inclusive. */
export type PanelInput<D extends Dataset, F extends PanelField<D> = PanelField<D>> = {
  /** Codes, at most 10,000, each of which gets its column, with or without a row; those that have a row when left out. */
  readonly symbols?: readonly string[] | undefined
  /** What becomes of codes that nothing in the database has: an error by default; with `'ignore'` their column is NaN. */
  readonly unknownSymbols?: UnknownSymbols | undefined
  readonly start: string
  readonly end: string
  readonly fields: readonly F[]
  /**
   * What stands on a trading day without a row: with `none`, the default, nothing (NaN); with `previous` the values of the
   * symbol's last row before, even if that is before `start`, except on and after the day on which it was delisted. What is
   * null in a row stays so.
   */
  readonly fill?: Fill | undefined
  /**
   * How many trading days in a row a row's values stand for at most, with `fill: 'previous'`; days after that are NaN. Trading days
   * before `start` count. Without it they stand for any number of days; `meta.coverage.cellsFilled` tells how often they do.
   */
  readonly maxFill?: number | undefined
} & WhereArgument<D> &
  AdjustArguments<D>
