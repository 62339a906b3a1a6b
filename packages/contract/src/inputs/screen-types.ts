import type { Catalogue, Dataset } from '../dataset.ts'
import type { Field, FieldTypeName } from '../fields.ts'
import type { UnknownSymbols } from './arguments.ts'

/** The fields of a dataset that a screen may use: of one that only says what is so today, those that never change. */
type ScreenableName<D extends Dataset> = D extends { readonly symbol: string }
  ? D extends { readonly pointInTime: { readonly kind: 'current'; readonly immutable: readonly (infer T)[] } }
    ? T & keyof D['fields'] & string
    : D extends { readonly pointInTime: { readonly kind: 'published' } }
      ? never
      : Exclude<keyof D['fields'] & string, FieldUnknownAsOf<D>>
  : never

/** Of rows that hold for a time their end, and what is so today. */
type FieldUnknownAsOf<D extends Dataset> = D extends {
  readonly pointInTime: { readonly kind: 'interval'; readonly to: infer T }
}
  ? T | (D extends { readonly pointInTime: { readonly currentOnly: readonly (infer N)[] } } ? N : never)
  : never

/**
 * A field of a catalogue by its dataset, `'daily_basic.pe'`. What is unknown as of a past date is not among them
 * (`'stock_basic.industry'`), and the server refuses it.
 */
export type ScreenField<C extends Catalogue> = {
  [N in keyof C & string]: `${N}.${ScreenableName<C[N]>}`
}[keyof C & string]

/** Its declaration in the answer: always nullable, because a dataset may have no row of a stock. */
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
  readonly eq?: V | undefined
  /** Another value; null never matches. */
  readonly ne?: V | undefined
  /** Any of 1 to 1,000 values. */
  readonly in?: readonly V[] | undefined
  /** `true` keeps only what has no value, or no row at all; `false` only what has one. */
  readonly isNull?: boolean | undefined
}

interface Order<V> {
  readonly gt?: V | undefined
  readonly gte?: V | undefined
  readonly lt?: V | undefined
  readonly lte?: V | undefined
  /** Both ends inclusive. */
  readonly between?: readonly [from: V, to: V] | undefined
}

type Unordered = 'text' | 'symbol' | 'bool'

/** Conditions on a field, all of which must hold; a null fulfils none but `isNull: true`. */
export type Conditions<T extends FieldTypeName> = T extends Unordered
  ? Equality<Operands[T]>
  : Equality<Operands[T]> & Order<Operands[T]>

/** Conditions by field. */
export type ScreenWhere<C extends Catalogue> = {
  readonly [K in ScreenField<C>]?: Conditions<ScreenFieldOf<C, K>['type']> | undefined
}

/** Input of `screen`: the stocks that meet conditions on one date, as far as they could be known on it. */
export interface ScreenInput<C extends Catalogue, F extends ScreenField<C> = ScreenField<C>> {
  readonly date: string
  /** At most 50 conditions on fields of at most 8 datasets; none when left out. */
  readonly where?: ScreenWhere<C> | undefined
  /** Columns besides the code, named as they are here; none when left out. */
  readonly fields?: readonly F[] | undefined
  /** Order of the rows, nulls last in either; by code where it is left out, and among equals. */
  readonly sort?: readonly { readonly by: ScreenField<C>; readonly order?: 'asc' | 'desc' | undefined }[] | undefined
  readonly limit?: number | undefined
  /** Only the constituents that `index_weight` has published last on or before the date. */
  readonly index?: string | undefined
  /** Only these codes, whether they were listed or not. Without it and `index`, all stocks that were listed on the date. */
  readonly symbols?: readonly string[] | undefined
  /**
   * What becomes of codes that `stock_basic` and the datasets of the screen have no row of: an error by default; `'ignore'`
   * screens them, and all that is told of them is null.
   */
  readonly unknownSymbols?: UnknownSymbols | undefined
  /** Which report statements are taken from, `1` (consolidated) by default. */
  readonly report_type?: string | number | undefined
  /** Whether statements announced on the date itself count. Default false. */
  readonly sameDay?: boolean | undefined
  /** Takes each stock's last row on or before the date, where a dataset has rows by date. Default: the date's own row. */
  readonly lookback?: boolean | undefined
}
