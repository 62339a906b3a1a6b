import type { PrintOptions } from './print/text-table.ts'

/**
 * One numeric field as dates × symbols, both ascending; NaN for a missing row or a null.
 *
 * @example
 * ```ts
 * const { panels } = await db.daily.panel({ start: '2024-01-01', end: '2024-03-29', fields: ['close'] })
 * const { dates, symbols, values } = panels.close // values[i]?.[j] is dates[i], symbols[j]
 * ```
 */
export interface Panel {
  /** The dates of the rows, `YYYY-MM-DD`, ascending. */
  readonly dates: readonly string[]
  /** The symbols of the columns, ascending. */
  readonly symbols: readonly string[]
  /** The numbers: `values[i][j]` is the value on `dates[i]` of `symbols[j]`. */
  readonly values: readonly Float64Array[]
  /**
   * Reads the value of a symbol on a date; NaN if it has none.
   *
   * @param date - a date of the panel, `YYYY-MM-DD`
   * @param symbol - a symbol of the panel
   * @throws `RangeError` for a date or symbol that the panel does not have
   * @example
   * ```ts
   * const { panels } = await db.daily.panel({ start: '2024-01-01', end: '2024-03-29', fields: ['close'] })
   * panels.close.at('2024-01-02', '600519.SH') // number
   * ```
   */
  at(date: string, symbol: string): number
  /**
   * Copies the values of a symbol, one for each date.
   *
   * @param symbol - a symbol of the panel
   * @throws `RangeError` for a symbol that the panel does not have
   * @example
   * ```ts
   * const { panels } = await db.daily.panel({ start: '2024-01-01', end: '2024-03-29', fields: ['close'] })
   * panels.close.series('600519.SH') // Float64Array, as long as panels.close.dates
   * ```
   */
  series(symbol: string): Float64Array
  /**
   * Reads the values of a date, in the order of `symbols`; they are the panel's own, not a copy.
   *
   * @param date - a date of the panel, `YYYY-MM-DD`
   * @throws `RangeError` for a date that the panel does not have
   * @example
   * ```ts
   * const { panels } = await db.daily.panel({ start: '2024-01-01', end: '2024-03-29', fields: ['close'] })
   * const first = panels.close.row('2024-01-02') // Float64Array, as long as panels.close.symbols
   * ```
   */
  row(date: string): Float64Array
  /**
   * Reads the values of the last date on or before a date, in the order of `symbols`.
   *
   * A symbol without a value on that date is NaN; `fill: 'previous'` of the call fills such gaps.
   *
   * @param date - any date, `YYYY-MM-DD`
   * @throws `RangeError` for a date before the first one of the panel
   * @example
   * ```ts
   * const { panels } = await db.daily.panel({ start: '2024-01-01', end: '2024-03-29', fields: ['close'] })
   * panels.close.asOf('2024-03-17') // a Sunday: the values of 2024-03-15
   * ```
   */
  asOf(date: string): Float64Array
  /**
   * Makes a panel of the same shape of a function of each value.
   *
   * @param fn - takes a value, its date and its symbol
   * @example
   * ```ts
   * const { panels } = await db.daily.panel({ start: '2024-01-01', end: '2024-03-29', fields: ['close'] })
   * const logs = panels.close.map((close) => Math.log(close))
   * ```
   */
  map(fn: (value: number, date: string, symbol: string) => number): Panel
  /**
   * Makes a panel of a function of the values of two panels with the same dates and symbols.
   *
   * @param other - a panel with the same dates and symbols
   * @param fn - takes a value of this panel, and that of the other one
   * @throws `RangeError` if dates or symbols differ; `align` of `@stockdb/client/series` makes them equal
   * @example
   * ```ts
   * const { panels } = await db.daily.panel({ start: '2024-01-01', end: '2024-03-29', fields: ['open', 'close'] })
   * const gains = panels.close.zip(panels.open, (close, open) => close / open - 1)
   * ```
   */
  zip(other: Panel, fn: (value: number, otherValue: number) => number): Panel
  /**
   * Moves the values down by `count` dates, up if it is negative; the dates stay, and what is uncovered is NaN.
   *
   * @param count - the number of dates; negative moves up
   * @example
   * ```ts
   * const { panels } = await db.daily.panel({ start: '2024-01-01', end: '2024-03-29', fields: ['close'] })
   * const yesterday = panels.close.shift(1)
   * const tomorrow = panels.close.shift(-1)
   * ```
   */
  shift(count: number): Panel
  /**
   * Makes a panel of a function of each symbol's values over time.
   *
   * The function returns as many values as there are dates; those of `@stockdb/client/series` do.
   *
   * @param fn - takes the values of a symbol, one for each date
   * @throws `RangeError` if the function returns another number of values
   * @example
   * ```ts
   * import { rollingMean } from '@stockdb/client/series'
   * const { panels } = await db.daily.panel({ start: '2024-01-01', end: '2024-03-29', fields: ['close'] })
   * const average = panels.close.bySymbol((close) => rollingMean(close, 20))
   * ```
   */
  bySymbol(fn: (series: Float64Array) => ArrayLike<number>): Panel
  /**
   * Makes a panel of a function of all symbols' values on each date.
   *
   * @param fn - takes the values of a date, one for each symbol
   * @throws `RangeError` if the function returns another number of values than there are symbols
   * @example
   * ```ts
   * import { rank } from '@stockdb/client/series'
   * const { panels } = await db.daily_basic.panel({ start: '2024-01-01', end: '2024-03-29', fields: ['pb'] })
   * const ranks = panels.pb.byDate((values) => rank(values))
   * ```
   */
  byDate(fn: (crossSection: Float64Array) => ArrayLike<number>): Panel
  /**
   * Keeps the first dates, 5 by default.
   *
   * @param count - the number of dates
   * @example
   * ```ts
   * const { panels } = await db.daily.panel({ start: '2024-01-01', end: '2024-03-29', fields: ['close'] })
   * console.log(panels.close.head(3))
   * ```
   */
  head(count?: number): Panel
  /**
   * Keeps the last dates, 5 by default.
   *
   * @param count - the number of dates
   * @example
   * ```ts
   * const { panels } = await db.daily.panel({ start: '2024-01-01', end: '2024-03-29', fields: ['close'] })
   * console.log(panels.close.tail(3))
   * ```
   */
  tail(count?: number): Panel
  /**
   * Writes the panel as CSV: a line for each date, a column for each symbol, NaN as an empty cell, numbers with all digits.
   *
   * @example
   * ```ts
   * import { writeFile } from 'node:fs/promises'
   * const { panels } = await db.daily.panel({ start: '2024-01-01', end: '2024-03-29', fields: ['close'] })
   * await writeFile('close.csv', panels.close.toCSV())
   * ```
   */
  toCSV(): string
  /**
   * Prints the panel as a table; `console.log(panel)` does the same.
   *
   * @param options - the most rows, and the width in characters
   * @example
   * ```ts
   * const { panels } = await db.daily.panel({ start: '2024-01-01', end: '2024-03-29', fields: ['close'] })
   * panels.close.print({ rows: 60, width: 200 })
   * ```
   */
  print(options?: PrintOptions): void
  /**
   * Writes the panel as the table that `print` prints.
   *
   * @param options - the most rows, and the width in characters
   * @example
   * ```ts
   * const { panels } = await db.daily.panel({ start: '2024-01-01', end: '2024-03-29', fields: ['close'] })
   * const text = panels.close.toString({ rows: 4 })
   * ```
   */
  toString(options?: PrintOptions): string
}
