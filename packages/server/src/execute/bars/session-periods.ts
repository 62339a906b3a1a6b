import { dateOf, daysOf } from '@stockdb/contract/internal'
import { type Frequency, StockdbError } from '@stockdb/contract/wire'
import type { SessionDays } from '../session-days.ts'

/** Assigns rows to the periods of bars. */
export interface Periods {
  /**
   * The label that dates the bar of a row: days, or milliseconds if rows have a time. Equal for all rows of a period, and
   * greater for later periods. Not a number for a row that its bar would be dated before.
   */
  labelOf(at: number): number
  /** The error of such a row. */
  lateRow?(symbol: string, at: number): StockdbError
}

type Longer = Exclude<Frequency, 'day'>

/** The last day of the period that a day lies in. Weeks end on Sunday. */
function endOf(period: Longer, day: number): number {
  // 1970-01-01 was a Thursday.
  if (period === 'week') return Math.floor((day + 3) / 7) * 7 + 3
  const [year, month] = dateOf(day).split('-').map(Number) as [number, number]
  const months = { month: 1, quarter: 3, year: 12 }[period]
  const after = Math.ceil(month / months) * months
  return after === 12 ? daysOf(`${year}-12-31`) : daysOf(`${year}-${String(after + 1).padStart(2, '0')}-01`) - 1
}

/**
 * Weeks, months, quarters and years, each dated by its last trading day on or before `end`, regardless of which symbols
 * traded. A period without a trading day in the calendar is dated by its last day. A row after the last trading day of its period is an
 * error: the bar would say of a day what was known later.
 */
export class SessionPeriods implements Periods {
  readonly #period: Longer
  readonly #sessions: SessionDays
  readonly #end: number
  readonly #known = new Map<number, number>()

  /** Throws `OUT_OF_CALENDAR` if the calendar ends before `end`, and later for a row before its beginning. */
  constructor(period: Longer, sessions: SessionDays, end: number) {
    this.#period = period
    this.#sessions = sessions
    this.#end = end
    if (end > sessions.last) throw this.#outside('end', end)
  }

  labelOf(day: number): number {
    let label = this.#known.get(day)
    if (label === undefined) {
      label = this.#find(day)
      this.#known.set(day, label)
    }
    return label
  }

  #find(day: number): number {
    if (day < this.#sessions.first) throw this.#outside('the rows begin on', day)
    const end = Math.min(endOf(this.#period, day), this.#end)
    const last = this.#sessions.days[this.#sessions.indexFrom(end + 1) - 1]
    if (last === undefined || endOf(this.#period, last) !== endOf(this.#period, day)) return end
    return last < day ? Number.NaN : last
  }

  lateRow(symbol: string, day: number): StockdbError {
    return new StockdbError(
      'OUT_OF_CALENDAR',
      `${symbol} has a row on ${dateOf(day)}, after the last trading day of its ${this.#period} in ${this.#sessions.calendar}; correct the calendar, or the row`,
    )
  }

  #outside(what: string, day: number): StockdbError {
    const { first, last, calendar } = this.#sessions
    return new StockdbError(
      'OUT_OF_CALENDAR',
      `freq: "${this.#period}" needs a trading calendar: ${what} "${dateOf(day)}", but ${calendar} reaches from ${dateOf(first)} to ${dateOf(last)}`,
    )
  }
}
