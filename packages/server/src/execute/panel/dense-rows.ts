import { dateOf } from '@stockdb/contract/internal'
import { type Batch, StockdbError } from '@stockdb/contract/wire'
import { BATCH_ROWS } from '../../engine/batch-builder.ts'
import { floatVector } from '../nulls.ts'
import type { SessionDays } from '../session-days.ts'
import { panelNumbers } from './panel-numbers.ts'

/** The data of a panel. */
export interface PanelPlan {
  /** Trading days of the range, as days since 1970-01-01, ascending. */
  readonly days: SessionDays
  /** Codes that get rows in any case, ascending and without repeats; absent: those of the rows. */
  readonly symbols: readonly string[] | undefined
  /** Each symbol's last row before the range, to fill gaps; without it gaps stay empty. */
  readonly before: ReadonlyMap<string, RowBefore> | undefined
  /** The most consecutive trading days to fill with one row. */
  readonly maxFill?: number | undefined
  /** The day from which gaps of a symbol are no longer filled. */
  readonly filledUntil: ReadonlyMap<string, number>
  /** Numbers in a row. */
  readonly width: number
  /** The names of the batches' columns. */
  readonly names: readonly string[]
  /** The most rows. */
  readonly maxRows: number
}

/** A symbol's last row before the range. */
export interface RowBefore {
  readonly values: Float64Array
  /** Trading days between the row and the range. */
  readonly sessions: number
}

interface Memory {
  readonly codes: Int32Array
  readonly days: Int32Array
  readonly values: readonly Float64Array[]
}

/**
 * Gives every symbol a row on each trading day, from rows ordered by their first two columns, symbol and date: missing rows
 * have NaN, or the values of the row before. A batch is valid until the next one is taken. Throws `OUT_OF_CALENDAR` for a row
 * on a day without trading, `DUPLICATE_KEY` for a second row on a day, and `INVALID_INPUT` for too many rows.
 */
export class DenseRows {
  readonly #plan: PanelPlan
  readonly #dictionary: string[] = []
  readonly #done = new Set<string>()
  readonly #capacity: number
  /** The next of the symbols asked for. */
  #waiting = 0
  #symbol: string | undefined
  /** The next trading day of the symbol that has no row yet. */
  #next = 0
  #last: Float64Array
  #until = Number.POSITIVE_INFINITY
  /** Trading days since the row that fills gaps; nothing is filled before there is one. */
  #since = Number.POSITIVE_INFINITY
  #filled = 0
  #memory: Memory
  #spare: Memory
  #rows = 0
  #total = 0

  constructor(plan: PanelPlan) {
    this.#plan = plan
    const rows = plan.symbols ? plan.symbols.length * plan.days.days.length : BATCH_ROWS
    this.#capacity = Math.max(1, Math.min(rows, BATCH_ROWS))
    this.#last = new Float64Array(plan.width)
    this.#memory = memoryFor(plan.width, this.#capacity)
    this.#spare = memoryFor(plan.width, this.#capacity)
  }

  /** The number of rows filled with earlier values. */
  get filled(): number {
    return this.#filled
  }

  /** The rows that a batch completes. */
  *take(batch: Batch): Generator<Batch, void, undefined> {
    const {
      numRows,
      vectors: [symbols, dates],
    } = batch
    if (numRows === 0) return
    if (symbols?.type !== 'symbol' || dates?.type !== 'date') throw new TypeError('a panel needs a symbol and a date')
    const columns = panelNumbers(batch, this.#plan.names)
    for (let row = 0; row < numRows; ) {
      const code = symbols.values[row] as number
      const symbol = symbols.dictionary[code] as string
      if (symbol !== this.#symbol) yield* this.#turnTo(symbol)
      let end = row + 1
      while (end < numRows && symbols.values[end] === code) end++
      while (row < end) {
        row = this.#add(dates.values, columns, row, end)
        if (this.#rows === this.#capacity) yield this.#full()
      }
    }
  }

  /** Adds rows of one symbol, from `row` to before `end` at most, until the memory is full. Returns the row that is next. */
  #add(dates: Int32Array, columns: readonly Float64Array[], row: number, end: number): number {
    const { days } = this.#plan
    const day = dates[row] as number
    const at = days.days[this.#next] === day ? this.#next : days.indexFrom(day)
    if (days.days[at] !== day) throw this.#noSession(day)
    if (at < this.#next) throw this.#repeated(day)
    while (this.#next < at) {
      this.#gap()
      if (this.#rows === this.#capacity) return row
    }
    // Rows of sessions that follow each other are copied together.
    const room = Math.min(end - row, this.#capacity - this.#rows)
    let count = 1
    while (count < room && dates[row + count] === days.days[at + count]) count++
    const place = this.#takePlaces(count)
    for (let index = 0; index < columns.length; index++) {
      const values = columns[index] as Float64Array
      this.#last[index] = values[row + count - 1] as number
      ;(this.#memory.values[index] as Float64Array).set(values.subarray(row, row + count), place)
    }
    this.#since = 0
    return row + count
  }

  /** The remaining rows, including symbols without any row. */
  *end(): Generator<Batch, void, undefined> {
    yield* this.#finish()
    const { symbols = [] } = this.#plan
    for (; this.#waiting < symbols.length; this.#waiting++) yield* this.#whole(symbols[this.#waiting] as string)
    yield this.#full()
  }

  *#turnTo(symbol: string): Generator<Batch, void, undefined> {
    yield* this.#finish()
    const { symbols = [] } = this.#plan
    for (; this.#waiting < symbols.length; this.#waiting++) {
      const waiting = symbols[this.#waiting] as string
      if (waiting >= symbol) break
      yield* this.#whole(waiting)
    }
    this.#begin(symbol)
  }

  /** A symbol without a row, unless it had one already. */
  *#whole(symbol: string): Generator<Batch, void, undefined> {
    if (this.#done.has(symbol)) return
    this.#begin(symbol)
    yield* this.#finish()
  }

  #begin(symbol: string): void {
    this.#symbol = symbol
    this.#done.add(symbol)
    this.#dictionary.push(symbol)
    this.#next = 0
    const before = this.#plan.before?.get(symbol)
    if (before) this.#last.set(before.values)
    this.#since = before?.sessions ?? Number.POSITIVE_INFINITY
    this.#until = this.#plan.filledUntil.get(symbol) ?? Number.POSITIVE_INFINITY
  }

  *#finish(): Generator<Batch, void, undefined> {
    if (this.#symbol === undefined) return
    while (this.#next < this.#plan.days.days.length) {
      this.#gap()
      if (this.#rows === this.#capacity) yield this.#full()
    }
    this.#symbol = undefined
  }

  #gap(): void {
    const { before, days, maxFill = Number.MAX_SAFE_INTEGER } = this.#plan
    const filled = before !== undefined && (days.days[this.#next] as number) < this.#until && ++this.#since <= maxFill
    if (filled) this.#filled++
    const place = this.#takePlaces(1)
    for (let index = 0; index < this.#plan.width; index++) {
      ;(this.#memory.values[index] as Float64Array)[place] = filled ? (this.#last[index] as number) : Number.NaN
    }
  }

  /** Room for the next rows, their symbol and days noted. */
  #takePlaces(count: number): number {
    if (this.#total + count > this.#plan.maxRows) {
      throw new StockdbError(
        'INVALID_INPUT',
        `the panel has more than ${this.#plan.maxRows} rows of ${this.#plan.width} fields; ask for fewer symbols, fields or days`,
      )
    }
    const place = this.#rows
    const { codes, days } = this.#memory
    codes.fill(this.#dictionary.length - 1, place, place + count)
    if (count === 1) days[place] = this.#plan.days.days[this.#next] as number
    else days.set(this.#plan.days.days.subarray(this.#next, this.#next + count), place)
    this.#total += count
    this.#rows += count
    this.#next += count
    return place
  }

  #full(): Batch {
    const [rows, { codes, days, values }] = [this.#rows, this.#memory]
    const none = { validity: undefined, nullCount: 0 }
    const columns = values.map((column) => floatVector(column.subarray(0, rows)))
    this.#rows = 0
    ;[this.#memory, this.#spare] = [this.#spare, this.#memory]
    return {
      numRows: rows,
      vectors: [
        { type: 'symbol', values: codes.subarray(0, rows), dictionary: this.#dictionary.slice(), ...none },
        { type: 'date', values: days.subarray(0, rows), ...none },
        ...columns,
      ],
    }
  }

  /** A safety net: repeats were already checked for when the rows were read. */
  #repeated(day: number): StockdbError {
    return new StockdbError('DUPLICATE_KEY', `${this.#symbol} has several rows on ${dateOf(day)}; a panel needs one`)
  }

  #noSession(day: number): StockdbError {
    return new StockdbError(
      'OUT_OF_CALENDAR',
      `${this.#symbol} has a row on ${dateOf(day)}, which is no trading day in ${this.#plan.days.calendar}; correct the calendar, or the row`,
    )
  }
}

function memoryFor(width: number, rows: number): Memory {
  return {
    codes: new Int32Array(rows),
    days: new Int32Array(rows),
    values: Array.from({ length: width }, () => new Float64Array(rows)),
  }
}
