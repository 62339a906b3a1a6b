import type { Plain } from '@stockdb/contract'
import { StockdbError } from '@stockdb/contract'
import type { Engine, ReadQuery } from '../engine/engine.ts'
import type { CalendarQueries } from '../query/calendar.ts'
import { collect } from './collect.ts'
import { DEFAULT_EXCHANGE } from './sessions.ts'

/** Questions to the trading calendar. A day outside of what the calendar covers is an error, never "no session". */
export class Calendar {
  readonly #engine: Engine
  readonly #queries: CalendarQueries

  constructor(engine: Engine, queries: CalendarQueries) {
    this.#engine = engine
    this.#queries = queries
  }

  /** Trading days from `start` to `end`, both inclusive, in order. */
  async sessions(
    input: { start: string; end: string; exchange?: string | undefined },
    signal: AbortSignal,
  ): Promise<string[]> {
    const { start, end, exchange = DEFAULT_EXCHANGE } = input
    await this.#covers(exchange, { start, end }, signal)
    return this.#dates(this.#queries.sessions(exchange, start, end), signal)
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
    const covered = await this.#covers(exchange, { date }, signal)
    const side = n > 0 ? 'after' : n < 0 ? 'before' : 'until'
    const count = Math.max(1, Math.abs(n))
    const found = (await this.#dates(this.#queries.nearest(exchange, date, side, count), signal)).at(count - 1)
    if (found !== undefined) return found
    throw new StockdbError(
      'OUT_OF_CALENDAR',
      `there is no session ${n} from ${date}: trade_cal has ${exchange} from ${covered.first} to ${covered.last}`,
    )
  }

  async #covers(
    exchange: string,
    dates: Record<string, string>,
    signal: AbortSignal,
  ): Promise<{ first: string; last: string }> {
    const [first, last] = (await collect(this.#engine, this.#queries.coverage(exchange), signal)).map(
      (values) => values[0],
    )
    if (typeof first !== 'string' || typeof last !== 'string') {
      throw new StockdbError(
        'OUT_OF_CALENDAR',
        `trade_cal has no day of the exchange "${exchange}"; import it, or name another exchange`,
      )
    }
    for (const [argument, date] of Object.entries(dates)) {
      if (date >= first && date <= last) continue
      throw new StockdbError(
        'OUT_OF_CALENDAR',
        `${argument}: got "${date}"; trade_cal has ${exchange} from ${first} to ${last}`,
      )
    }
    return { first, last }
  }

  async #dates(query: ReadQuery, signal: AbortSignal): Promise<string[]> {
    const [column = []]: Plain[] = await collect(this.#engine, query, signal)
    return Array.from(column, String)
  }
}
