import type { Field, Fields, ValueOf } from '@stockdb/contract'
import type { Batch, FrameHeader, FrameMeta, FrameTrailer } from '@stockdb/contract/wire'
import type { Table } from '@uwdata/flechette'
import { BatchFrame } from './batch-frame.ts'
import type { CellsOf, ColumnOfCell, NumericName, RowOf } from './cells.ts'
import { columnsToBatch } from './columns-to-batch.ts'
import type { ColumnInput, FieldsOfColumns, FrameInputOptions } from './frame-input.ts'
import type { Panel } from './panel.ts'
import type { PrintOptions } from './print/text-table.ts'

/** A row of a frame as an object, one property for each field. */
export type Row<Fs extends Fields> = { -readonly [K in keyof Fs]: ValueOf<Fs[K]> }

/** The columns of what `frame.describe()` returns. */
export type DescriptionFields = {
  readonly [K in 'field' | 'type']: Field<'text', false>
} & { readonly [K in 'count' | 'nulls']: Field<'int32', false> } & {
  readonly [K in 'mean' | 'std' | 'min' | 'q25' | 'median' | 'q75' | 'max']: Field<'float64', true>
} & { readonly [K in 'first' | 'last']: Field<'text', true> }

/** An answer: typed columns of equal length, and what is known about them. `Cells` says what each column has. */
export interface Frame<Cells> {
  /**
   * The number of rows, which is the length of every column.
   *
   * @example
   * ```ts
   * const { numRows } = await db.daily.at({ date: '2024-06-28', fields: [] })
   * ```
   */
  readonly numRows: number
  /**
   * The requested columns, with symbol and date; each is made when first read.
   *
   * float64 is a `Float64Array` with NaN for null. int32 and int64 that are never null are `Int32Array` and `BigInt64Array`. All
   * other columns are ordinary arrays with null for null, and dates as `YYYY-MM-DD`.
   *
   * @example
   * ```ts
   * const { columns } = await db.daily.range({ symbols: ['600519.SH'], fields: ['close'] })
   * const highest = columns.close.reduce((most, close) => Math.max(most, close), 0)
   * ```
   */
  readonly columns: { readonly [K in keyof Cells]: ColumnOfCell<Cells[K]> }
  /**
   * Makes an object of each row; every call makes new ones.
   *
   * @example
   * ```ts
   * const bars = await db.daily.latest({ symbols: ['600519.SH'], n: 5, fields: ['close'] })
   * for (const { trade_date, close } of bars.rows()) console.log(trade_date, close)
   * ```
   */
  rows(): RowOf<Cells>[]
  /**
   * Makes the object of one row after the other, as `rows` does for all at once.
   *
   * @example
   * ```ts
   * const bars = await db.daily.latest({ n: 20, fields: ['close'] })
   * for (const { ts_code, close } of bars) if (close > 1_000) console.log(ts_code)
   * ```
   */
  [Symbol.iterator](): IterableIterator<RowOf<Cells>>
  /**
   * Keeps the first rows, 5 by default.
   *
   * @param count - the number of rows
   * @example
   * ```ts
   * const bars = await db.daily.latest({ n: 20, fields: ['close'] })
   * console.log(bars.head(3))
   * ```
   */
  head(count?: number): Frame<Cells>
  /**
   * Keeps the last rows, 5 by default.
   *
   * @param count - the number of rows
   * @example
   * ```ts
   * const bars = await db.daily.latest({ n: 20, fields: ['close'] })
   * console.log(bars.tail(3))
   * ```
   */
  tail(count?: number): Frame<Cells>
  /**
   * Keeps the rows for which a function returns true, in their order.
   *
   * `where` of a call does this in the database, and sends only those rows.
   *
   * @param predicate - takes a row and its index; true keeps the row
   * @example
   * ```ts
   * const day = await db.daily.at({ date: '2024-06-28', fields: ['close', 'pct_chg'] })
   * const up = day.filter(({ pct_chg }) => pct_chg > 5)
   * ```
   */
  filter(predicate: (row: RowOf<Cells>, index: number) => boolean): Frame<Cells>
  /**
   * Sorts the rows by a column, or by several, ascending by default.
   *
   * Null and NaN come last in both directions; rows that are equal keep their order; texts are compared by their UTF-16 code units.
   *
   * @param names - a column, or several, the first of which decides first
   * @param options - `descending: true` for the largest first
   * @throws `TypeError` for a column that the frame does not have
   * @example
   * ```ts
   * const day = await db.daily.at({ date: '2024-06-28', fields: ['close', 'pct_chg'] })
   * const best = day.sortBy('pct_chg', { descending: true }).head(10)
   * ```
   */
  sortBy(
    names: (keyof Cells & string) | readonly (keyof Cells & string)[],
    options?: { readonly descending?: boolean },
  ): Frame<Cells>
  /**
   * Describes every column in a row: count, nulls, mean, standard deviation, smallest, quartiles, largest.
   *
   * Null and NaN are counted in `nulls` only. Columns without numbers have `first` and `last` instead: their smallest and largest text.
   *
   * @example
   * ```ts
   * const bars = await db.daily.range({ symbols: ['600519.SH'], start: '2024-01-01', fields: ['close', 'vol'] })
   * console.log(bars.describe())
   * ```
   */
  describe(): Frame<CellsOf<DescriptionFields>>
  /**
   * Lays one numeric field out as dates × symbols, with only the dates and symbols of the frame.
   *
   * Whole numbers become doubles. `db.<dataset>.panel` has all trading days of the calendar instead.
   *
   * @param field - a float64, int32 or int64 column of the frame
   * @throws `TypeError` if the dataset has no symbol or date, or the frame no such field; `RangeError` for an int64 beyond 2^53;
   *   `DuplicateKeyError` if several rows share symbol and date, such as the constituents of an index
   * @example
   * ```ts
   * const bars = await db.daily.range({ symbols: ['600519.SH', '000858.SZ'], start: '2024-01-01', fields: ['close'] })
   * const close = bars.pivot('close') // NaN where a symbol has no row
   * ```
   */
  pivot(field: NumericName<Cells>): Panel
  /**
   * Makes an Arrow table of the frame, in flechette's format.
   *
   * For other programs, `toIPC` writes the same as bytes.
   *
   * @example
   * ```ts
   * const bars = await db.daily.latest({ n: 20, fields: ['close'] })
   * bars.toArrow().getChild('close')?.length // bars.numRows
   * ```
   */
  toArrow(): Table
  /**
   * Writes the frame as an Arrow IPC stream, which apache-arrow, Arquero, Polars and pyarrow read.
   *
   * Dates are dates, symbols a dictionary, nulls null; units are in the metadata of the fields.
   *
   * @example
   * ```ts
   * import { writeFile } from 'node:fs/promises'
   * const bars = await db.daily.latest({ n: 20, fields: ['close'] })
   * await writeFile('bars.arrows', bars.toIPC())
   * ```
   */
  toIPC(): Uint8Array
  /**
   * Writes the frame as CSV, which `stockdb import`, pandas and spreadsheets read.
   *
   * Numbers have all their digits, so that they are read back exactly. Null and NaN are empty cells, an empty text is `""`. Cells with
   * a comma, a quote, a line break or outer spaces are quoted. Lines end with a line feed.
   *
   * @example
   * ```ts
   * import { writeFile } from 'node:fs/promises'
   * const bars = await db.daily.latest({ n: 20, fields: ['close'] })
   * await writeFile('bars.csv', bars.toCSV())
   * ```
   */
  toCSV(): string
  /**
   * Prints the frame as a table; `console.log(frame)` does the same with its defaults.
   *
   * Numbers are rounded to be read, at most to six decimals; `toCSV` has all digits.
   *
   * @param options - the most rows, and the width in characters
   * @example
   * ```ts
   * const bars = await db.daily.latest({ n: 20, fields: ['close'] })
   * bars.print({ rows: 40 })
   * ```
   */
  print(options?: PrintOptions): void
  /**
   * Writes the frame as the table that `print` prints.
   *
   * @param options - the most rows, and the width in characters
   * @example
   * ```ts
   * const bars = await db.daily.latest({ n: 20, fields: ['close'] })
   * const text = bars.toString({ rows: 4, width: 80 })
   * ```
   */
  toString(options?: PrintOptions): string
  /**
   * What is known about the answer: dataset, arguments as understood, adjustment and anchor, rows, completeness, coverage.
   *
   * `complete` is false only if `limit` cut the answer. `coverage` says which symbols and trading days were expected and found. In
   * a stream the last batch has it, and that batch may have no rows.
   *
   * @example
   * ```ts
   * const { meta } = await db.daily.range({ start: '2024-01-01', fields: ['close'], limit: 1_000 })
   * if (!meta.complete) console.log('there are more rows')
   * ```
   */
  readonly meta: FrameMeta
}

/** Makes frames of your own data. */
export const Frame: {
  /**
   * Makes a frame of columns of equal length, with everything that an answer can do.
   *
   * Typed arrays are used as they are; in arrays of numbers null becomes NaN.
   *
   * @param columns - by name: `Float64Array`, `Int32Array`, `BigInt64Array`, or arrays of numbers, bigints, booleans or texts
   * @param options - `name`, the columns of `symbol` and `date`, `units`
   * @throws `RangeError` for columns of different lengths, `TypeError` for a value of another type than its column has
   * @example
   * ```ts
   * const weights = Frame.from(
   *   { ts_code: ['600519.SH', '000858.SZ'], weight: [0.6, 0.4] },
   *   { name: 'weights', symbol: 'ts_code' },
   * )
   * ```
   */
  from<const C extends Readonly<Record<string, ColumnInput>>>(
    columns: C,
    options?: FrameInputOptions<keyof C & string>,
  ): Frame<CellsOf<FieldsOfColumns<C>>>
} = {
  from: (columns, options) => typed(new BatchFrame(columnsToBatch(columns, options))),
}

/** Makes a frame of decoded batches. */
export function makeFrame<Fs extends Fields>(
  header: FrameHeader,
  batches: readonly Batch[],
  trailer: FrameTrailer,
): Frame<CellsOf<Fs>> {
  return typed(new BatchFrame({ header, batches, trailer }))
}

/** Which columns there are is known when the answer comes; what was asked for, and so `Cells`, when the script is written. */
const typed = <Cells>(frame: BatchFrame): Frame<Cells> => frame as unknown as Frame<Cells>
