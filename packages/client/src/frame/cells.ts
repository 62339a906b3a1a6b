import type { Field, Fields, ValueOf } from '@stockdb/contract'

declare const int32: unique symbol

/** In the type of a frame: a whole number whose column is an `Int32Array`. In rows it is an ordinary number. */
export type Int32 = number & { readonly [int32]: true }

type CellOf<F extends Field> = F['type'] extends 'int32'
  ? F['nullable'] extends false
    ? Int32
    : number | null
  : ValueOf<F>

/** The columns of a frame by what a cell has, which is what an editor shows: `{ ts_code: string; close: number }`. */
// A condition, because an editor shows the name of a plain mapped type instead of its members.
export type CellsOf<Fs extends Fields> = Fs extends unknown ? { -readonly [K in keyof Fs]: CellOf<Fs[K]> } : never

/** The column of such cells. */
export type ColumnOfCell<V> = [V] extends [Int32]
  ? Int32Array
  : [V] extends [number]
    ? Float64Array
    : [V] extends [bigint]
      ? BigInt64Array
      : V[]

/** The names of columns of numbers. */
export type NumericName<Cells> = {
  [K in keyof Cells]: [NonNullable<Cells[K]>] extends [number | bigint] ? K : never
}[keyof Cells] &
  string

/** A row of a frame as an object. */
export type RowOf<Cells> = Cells extends unknown
  ? { [K in keyof Cells]: Cells[K] extends Int32 ? number : Cells[K] }
  : never
