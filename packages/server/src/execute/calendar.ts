import { StockdbError } from '@stockdb/contract/wire'
import type { ReadQuery, RowSource } from '../engine/engine.ts'
import { type CalendarQueries, DEFAULT_EXCHANGE } from '../plan/calendar.ts'
import { collect } from './collect.ts'

/** Questions to the trading calendar. A day outside of what the calendar covers is an error, never "no session". */
export class Calendar {
  readonly #source: RowSource
  readonly #queries: CalendarQueries
  /** The name of its dataset. */
  readonly #table: string

  constructor(source: RowSource, queries: CalendarQueries, table: string) {
    this.#source = source
    this.#queries = queries
    this.#table = table
  }

  /** Trading days from `start` to `end`, both inclusive, in order. */
  async sessions(
    input: { start: string; end: string; exchange?: string | undefined },
    signal: AbortSignal,
  ): Promise<string[]> {
    const { start, end, exchange = DEFAULT_EXCHANGE } = input
    const { days } = await this.#read(exchange, { start, end }, this.#queries.sessions(exchange, start, end), signal)
    return days
  }

  /** The first trading day after a date. */
  next(input: { date: string; exchange?: string | undefined }, signal: AbortSignal): Promise<string> {
    return this.offset({ ...input, n: 1 }, signal)
  }

  /** The last trading day before a date. */
  previous(input: { date: string; exchange?: string | undefined }, signal: AbortSignal): Promise<string> {
    return this.offset({ ...input, n: -1 }, signal)
  }

  /** The n-th trading day after (n > 0) or before (n < 0) a date; for 0 the last one on or before it. */
  async offset(
    input: { date: string; n: number; exchange?: string | undefined },
    signal: AbortSignal,
  ): Promise<string> {
    const { date, n, exchange = DEFAULT_EXCHANGE } = input
    const side = n > 0 ? 'after' : n < 0 ? 'before' : 'until'
    const count = Math.max(1, Math.abs(n))
    const query = this.#queries.nearest(exchange, date, side, count)
    const { days, ...covered } = await this.#read(exchange, { date }, query, signal)
    const found = days.at(count - 1)
    if (found !== undefined) return found
    throw new StockdbError(
      'OUT_OF_CALENDAR',
      `there is no session ${n} from ${date}: ${this.#table} has ${exchange} from ${covered.first} to ${covered.last}`,
    )
  }

  /** Reads days, and throws where the calendar does not reach over the dates. */
  async #read(
    exchange: string,
    dates: Record<string, string>,
    query: ReadQuery,
    signal: AbortSignal,
  ): Promise<{ first: string; last: string; days: string[] }> {
    const [[first] = [], [last] = [], days = []] = await collect(this.#source, query, signal)
    if (typeof first !== 'string' || typeof last !== 'string') {
      throw new StockdbError(
        'OUT_OF_CALENDAR',
        `${this.#table} has no day of the exchange "${exchange}"; import it, or name another exchange`,
      )
    }
    for (const [argument, date] of Object.entries(dates)) {
      if (date >= first && date <= last) continue
      throw new StockdbError(
        'OUT_OF_CALENDAR',
        `${argument}: got "${date}"; ${this.#table} has ${exchange} from ${first} to ${last}`,
      )
    }
    return { first, last, days: Array.from(days).filter((day) => typeof day === 'string') }
  }
}
