import type { Field } from '@stockdb/contract'

/** A column that `Frame.from` takes. */
export type ColumnInput =
  | Float64Array
  | Int32Array
  | BigInt64Array
  | readonly (number | null)[]
  | readonly (bigint | null)[]
  | readonly (boolean | null)[]
  | readonly (string | null)[]

type TypeOfValue<V> = V extends number ? 'float64' : V extends bigint ? 'int64' : V extends boolean ? 'bool' : 'text'

/** The field that a column of values becomes. */
type FieldOfColumn<C> = C extends Float64Array
  ? Field<'float64', true>
  : C extends Int32Array
    ? Field<'int32', false>
    : C extends BigInt64Array
      ? Field<'int64', false>
      : C extends readonly (infer V)[]
        ? Field<TypeOfValue<NonNullable<V>>, null extends V ? true : false>
        : never

/** The fields of a frame that is made of columns. */
export type FieldsOfColumns<C extends Readonly<Record<string, ColumnInput>>> = {
  readonly [K in keyof C]: FieldOfColumn<C[K]>
}

/** What `Frame.from` cannot see in the values. */
export interface FrameInputOptions<Names extends string> {
  /**
   * What to call the frame when it is printed.
   *
   * @default 'frame'
   * @example
   * ```ts
   * Frame.from({ close: [10.5, 10.8] }, { name: 'closes' }).print()
   * ```
   */
  readonly name?: string | undefined
  /**
   * The column of the symbols; its texts become a dictionary. With a symbol and a date, a frame has `pivot`.
   *
   * @default the frame has no symbol
   * @example
   * ```ts
   * const frame = Frame.from({ code: ['A', 'B'], weight: [0.4, 0.6] }, { symbol: 'code' })
   * ```
   */
  readonly symbol?: Names | undefined
  /**
   * The column of the dates: texts as `YYYY-MM-DD` or `YYYYMMDD`, with or without a time.
   *
   * @example
   * ```ts
   * const frame = Frame.from({ code: ['A'], day: ['2024-01-02'], weight: [1] }, { symbol: 'code', date: 'day' })
   * const weights = frame.pivot('weight')
   * ```
   */
  readonly date?: Names | undefined
  /**
   * The units of numbers, for printing and for Arrow.
   *
   * @default no units
   * @example
   * ```ts
   * Frame.from({ close: [10.5, 10.8] }, { units: { close: 'CNY' } }).print()
   * ```
   */
  readonly units?: { readonly [K in Names]?: string } | undefined
}
