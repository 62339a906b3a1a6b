import type { ColumnOf, Fields, ValueOf } from '@stockdb/contract'
import type { Batch, FrameHeader, FrameMeta, FrameTrailer } from '@stockdb/contract/wire'
import { ArrowFrameEncoder } from '@stockdb/contract/wire'
import { type Table, tableFromIPC } from '@uwdata/flechette'
import { errorOf } from '../errors.ts'
import { type Column, joinColumn } from './columns.ts'
import { exactNumbers } from './exact-numbers.ts'
import { makePanel, type Panel } from './panel.ts'

type NumericFieldName<Fs extends Fields> = {
  [K in keyof Fs]: Fs[K]['type'] extends 'float64' | 'int32' | 'int64' ? K : never
}[keyof Fs] &
  string

/** A row of a frame as an object, one property for each field. */
export type Row<Fs extends Fields> = { -readonly [K in keyof Fs]: ValueOf<Fs[K]> }

/** An answer: typed columns of equal length, and what is known about them. */
export interface Frame<Fs extends Fields> {
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
  readonly columns: { readonly [K in keyof Fs]: ColumnOf<Fs[K]> }
  /**
   * Makes an object of each row; every call makes new ones.
   *
   * @example
   * ```ts
   * const bars = await db.daily.latest({ symbols: ['600519.SH'], n: 5, fields: ['close'] })
   * for (const { trade_date, close } of bars.rows()) console.log(trade_date, close)
   * ```
   */
  rows(): Row<Fs>[]
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
  pivot(field: NumericFieldName<Fs>): Panel
  /**
   * Makes an Arrow table of the frame, in flechette's format.
   *
   * Arquero takes it as it is; flechette's `tableToIPC` turns it into bytes for other programs.
   *
   * @example
   * ```ts
   * const bars = await db.daily.latest({ n: 20, fields: ['close'] })
   * bars.toArrow().getChild('close')?.length // bars.numRows
   * ```
   */
  toArrow(): Table
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

/** Makes a frame of decoded batches. */
export function makeFrame<Fs extends Fields>(
  header: FrameHeader,
  batches: readonly Batch[],
  trailer: FrameTrailer,
): Frame<Fs> {
  // Which columns there are is known when the answer comes; what was asked for, and so `Fs`, when the script is written.
  return new BatchFrame(header, batches, trailer) as unknown as Frame<Fs>
}

class BatchFrame {
  readonly numRows: number
  readonly columns: Readonly<Record<string, Column>>
  readonly meta: FrameMeta
  readonly #header: FrameHeader
  readonly #batches: readonly Batch[]

  constructor(header: FrameHeader, batches: readonly Batch[], trailer: FrameTrailer) {
    this.#header = header
    this.#batches = batches
    this.numRows = batches.reduce((rows, batch) => rows + batch.numRows, 0)
    this.meta = { ...header.meta, ...trailer }
    this.columns = lazyColumns(header, batches)
  }

  rows(): Record<string, unknown>[] {
    const names = this.#header.fields.map(({ name }) => name)
    const columns = names.map((name) => this.columns[name] as Column)
    return Array.from({ length: this.numRows }, (_, row) => {
      const object: Record<string, unknown> = {}
      for (let index = 0; index < names.length; index++) object[names[index] as string] = columns[index]?.[row]
      return object
    })
  }

  pivot(field: string): Panel {
    const { dataset, date, symbol } = this.meta
    if (date === undefined || symbol === undefined) {
      throw new TypeError(`cannot pivot ${dataset}: expected a dataset with a symbol and a date`)
    }
    const values = this.columns[field]
    if (!values)
      throw new TypeError(
        `field: got "${field}"; expected a column of the frame: ${Object.keys(this.columns).join(', ')}`,
      )
    const type = this.#header.fields.find(({ name }) => name === field)?.type
    if (type !== 'float64' && type !== 'int32' && type !== 'int64')
      throw new TypeError(`field: got ${field}, which is ${type}; expected a numeric field`)
    const [dates, symbols] = [this.columns[date] ?? [], this.columns[symbol] ?? []]
    const numbers = type === 'int64' ? exactNumbers(values, field, (row) => `${symbols[row]} on ${dates[row]}`) : values
    return makePanel(dates, symbols, numbers, (first, second) => {
      throw repeatedCell(this, { date, symbol, dataset }, [first, second])
    })
  }

  toArrow(): Table {
    const encoder = new ArrowFrameEncoder(this.#header)
    const last = this.#batches.length - 1
    const { rows, complete, coverage, missingFactor } = this.meta
    const trailer = { rows, complete, ...(coverage ? { coverage } : {}), ...(missingFactor ? { missingFactor } : {}) }
    const bytes = concatenated(
      this.#batches.flatMap((batch, index) => encoder.chunk(index === last ? { batch, trailer } : { batch })),
    )
    // Otherwise whole numbers beyond 2^53 throw, and dates are bare numbers.
    return tableFromIPC(bytes, { useBigInt: true, useDate: true })
  }
}

/** The most fields that a message names, and the most characters of a value. */
const NAMED = 5
const SHOWN = 40

/** Two rows that share symbol and date, named by what tells them apart. */
function repeatedCell(
  { columns }: BatchFrame,
  { date, symbol, dataset }: { date: string; symbol: string; dataset: string },
  [first, second]: readonly [number, number],
): Error {
  const differing = Object.keys(columns).filter((name) => !Object.is(columns[name]?.[first], columns[name]?.[second]))
  const shown = (name: string, row: number): string => String(columns[name]?.[row]).slice(0, SHOWN)
  const fields = differing.slice(0, NAMED).map((name) => `${name} (${shown(name, first)}, ${shown(name, second)})`)
  const more = differing.length > NAMED ? ` and ${differing.length - NAMED} more` : ''
  const apart =
    differing.length > 0
      ? `they differ in ${fields.join(', ')}${more}; ask with a where that leaves one row of them`
      : 'they are equal in all columns of the frame'
  return errorOf(
    'DUPLICATE_KEY',
    `pivot: rows ${first} and ${second} of the frame both have ${symbol} ${shown(symbol, first)} and ${date} ${shown(date, first)}; expected one row of ${dataset} for each symbol and date: ${apart}`,
  )
}

function concatenated(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

function lazyColumns(header: FrameHeader, batches: readonly Batch[]): Readonly<Record<string, Column>> {
  const columns = Object.create(null) as Record<string, Column>
  const [only, second] = batches
  header.fields.forEach((field, index) => {
    const vector = second === undefined ? only?.vectors[index] : undefined
    if (vector?.type === 'float64') {
      // Nothing to be made: it is shown where it lies.
      columns[field.name] = vector.values
      return
    }
    Object.defineProperty(columns, field.name, {
      enumerable: true,
      configurable: true,
      get() {
        const value = joinColumn(field, index, batches)
        Object.defineProperty(columns, field.name, { enumerable: true, value })
        return value
      },
    })
  })
  return columns
}
