import type { Catalogue, Dataset } from '../dataset.ts'
import type { FieldTypeName } from '../field-types.ts'
import type { Field } from '../fields.ts'
import type { DateArgument, UnknownSymbols } from './arguments.ts'

/** The fields of a dataset that a screen may use; of one with current values only, those that never change. */
type ScreenableName<D extends Dataset> = D extends { readonly symbol: string }
  ? D extends { readonly pointInTime: { readonly kind: 'current'; readonly immutable: readonly (infer T)[] } }
    ? T & keyof D['fields'] & string
    : D extends { readonly pointInTime: { readonly kind: 'published' } }
      ? never
      : Exclude<keyof D['fields'] & string, FieldUnknownAsOf<D>>
  : never

/** Excluded fields of interval rows: their end, and fields with current values only. */
type FieldUnknownAsOf<D extends Dataset> = D extends {
  readonly pointInTime: { readonly kind: 'interval'; readonly to: infer T }
}
  ? T | (D extends { readonly pointInTime: { readonly currentOnly: readonly (infer N)[] } } ? N : never)
  : never

/**
 * A field of a catalogue by its dataset, `'daily_basic.pe'`. Fields that are not known as of a past date
 * (`'stock_basic.industry'`) are excluded, and the server refuses them.
 */
export type ScreenField<C extends Catalogue> = {
  [N in keyof C & string]: `${N}.${ScreenableName<C[N]>}`
}[keyof C & string]

/** Its declaration in the answer: always nullable, because a dataset may have no row for a stock. */
export type ScreenFieldOf<C extends Catalogue, K> = K extends `${infer N}.${infer F}`
  ? Field<C[N]['fields'][F]['type'], true>
  : never

interface Operands {
  text: string
  symbol: string
  date: string
  datetime: string
  float64: number
  int32: number
  int64: number | string
  bool: boolean
}

interface Equality<V> {
  /** Equal to this value. */
  readonly eq?: V | undefined
  /** Different from this value; null does not match. */
  readonly ne?: V | undefined
  /** Equal to one of 1 to 1,000 values. */
  readonly in?: readonly V[] | undefined
  /** `true`: null, or no row at all; `false`: any value. */
  readonly isNull?: boolean | undefined
}

interface Order<V> {
  /** Greater than this value. */
  readonly gt?: V | undefined
  /** Greater than or equal to this value. */
  readonly gte?: V | undefined
  /** Less than this value. */
  readonly lt?: V | undefined
  /** Less than or equal to this value. */
  readonly lte?: V | undefined
  /** Between two values, both inclusive. */
  readonly between?: readonly [from: V, to: V] | undefined
}

type Unordered = 'text' | 'symbol' | 'bool'

/**
 * Conditions on a field, all of which must hold; null matches only `isNull: true`.
 *
 * @example
 * ```ts
 * await db.screen({ date: '2024-06-28', where: { 'daily_basic.pe': { gt: 0, lt: 15 } } })
 * ```
 */
export type Conditions<T extends FieldTypeName> = T extends Unordered
  ? Equality<Operands[T]>
  : Equality<Operands[T]> & Order<Operands[T]>

/** Conditions by field. */
export type ScreenWhere<C extends Catalogue> = {
  readonly [K in ScreenField<C>]?: Conditions<ScreenFieldOf<C, K>['type']> | undefined
}

/** Input of `screen`: the stocks that meet conditions on one date, as known then. */
export interface ScreenInput<C extends Catalogue, F extends ScreenField<C> = ScreenField<C>> {
  /**
   * The date, `YYYY-MM-DD` or `YYYYMMDD`.
   *
   * @example
   * ```ts
   * await db.screen({ date: '2024-06-28', where: { 'daily_basic.pe': { lt: 15 } } })
   * ```
   */
  readonly date: DateArgument
  /**
   * Conditions by field: at most 50, on at most 8 datasets; none by default.
   *
   * @example
   * ```ts
   * await db.screen({ date: '2024-06-28', where: { 'daily_basic.total_mv': { gte: 1e6 }, 'fina_indicator.roe': { gte: 10 } } })
   * ```
   */
  readonly where?: ScreenWhere<C> | undefined
  /**
   * Columns besides the code, under their full names; none by default.
   *
   * @example
   * ```ts
   * const frame = await db.screen({ date: '2024-06-28', fields: ['daily_basic.pe'] })
   * frame.columns['daily_basic.pe'] // Float64Array
   * ```
   */
  readonly fields?: readonly F[] | undefined
  /**
   * The order of the rows, nulls always last; equal rows, and all by default, are ordered by code.
   *
   * @example
   * ```ts
   * await db.screen({ date: '2024-06-28', sort: [{ by: 'daily_basic.total_mv', order: 'desc' }], limit: 50 })
   * ```
   */
  readonly sort?: readonly { readonly by: ScreenField<C>; readonly order?: 'asc' | 'desc' | undefined }[] | undefined
  /**
   * The most rows to answer; `meta.complete` is false if there were more.
   *
   * @default all
   * @example
   * ```ts
   * await db.screen({ date: '2024-06-28', sort: [{ by: 'daily_basic.pe' }], limit: 20 })
   * ```
   */
  readonly limit?: number | undefined
  /**
   * Only the constituents that `index_weight` published last on or before the date.
   *
   * @default no index
   * @example
   * ```ts
   * await db.screen({ date: '2024-06-28', index: '000300.SH', where: { 'daily_basic.pe': { lt: 15 } } })
   * ```
   */
  readonly index?: string | undefined
  /**
   * Only these codes, listed or not; without it and `index`, all stocks listed on the date.
   *
   * @example
   * ```ts
   * await db.screen({ date: '2024-06-28', symbols: ['600519.SH', '000858.SZ'], fields: ['daily_basic.pe'] })
   * ```
   */
  readonly symbols?: readonly string[] | undefined
  /**
   * What to do with codes that no dataset of the screen has; with `'ignore'` their fields are null.
   *
   * @default 'error', or the option of `connect`
   * @example
   * ```ts
   * await db.screen({ date: '2024-06-28', symbols: ['600519.SH', '999999.SH'], unknownSymbols: 'ignore' })
   * ```
   */
  readonly unknownSymbols?: UnknownSymbols | undefined
  /**
   * The report type of statements; 1 is consolidated.
   *
   * @default '1'
   * @example
   * ```ts
   * await db.screen({ date: '2024-06-28', where: { 'income.revenue': { gt: 1e10 } }, report_type: '6' })
   * ```
   */
  readonly report_type?: string | number | undefined
  /**
   * Whether statements announced on the date itself count.
   *
   * @default false
   * @example
   * ```ts
   * await db.screen({ date: '2024-04-03', where: { 'income.revenue': { gt: 1e10 } }, sameDay: true })
   * ```
   */
  readonly sameDay?: boolean | undefined
  /**
   * Reads each stock's last row on or before the date, instead of the date's own row.
   *
   * @default false
   * @example
   * ```ts
   * await db.screen({ date: '2024-06-30', where: { 'daily.close': { gt: 100 } }, lookback: true }) // a Sunday
   * ```
   */
  readonly lookback?: boolean | undefined
}
