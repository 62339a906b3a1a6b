import { type Catalogue, daysOf, StockdbError } from '@stockdb/contract'
import { LRUCache } from 'lru-cache'
import { deadline } from '../engine/deadline.ts'
import type { Engine } from '../engine/engine.ts'
import type { TableGuard } from '../engine/table-guard.ts'
import { CalendarQueries } from '../query/calendar.ts'
import { SessionDays } from '../query/session-days.ts'
import type { Templates } from '../query/template.ts'
import { onBehalfOf } from '../telemetry/running-call.ts'
import { collect } from './collect.ts'

/** How long days are taken as they were read; after that they are read again beside the calls that use them. */
const FRESH_MS = 30_000
/** How long "there is no calendar" is believed, and how long days are kept that could not be read again. */
const NONE_MS = 10_000
const READ_TIMEOUT_MS = 5_000
/** Exchanges whose days are kept: some thousand numbers each. */
const EXCHANGES = 32

/** Whose trading days count where nobody says. */
export const DEFAULT_EXCHANGE = 'SSE'

interface Known {
  readonly days: SessionDays | undefined
  /** Whether the last read failed; days that were read before it stay. */
  readonly failed: boolean
  readonly until: number
}

/**
 * The trading days of exchanges, read from `trade_cal` and kept in memory for a while, so that an ordinary call reads
 * nothing for them.
 */
export class Sessions {
  readonly #engine: Engine
  readonly #tables: TableGuard
  readonly #table: Catalogue[string] | undefined
  readonly #queries: CalendarQueries | undefined
  readonly #known = new LRUCache<string, Known>({ max: EXCHANGES })
  readonly #reading = new Map<string, Promise<SessionDays | undefined>>()

  constructor(engine: Engine, tables: TableGuard, catalogue: Catalogue, templates: Templates) {
    this.#engine = engine
    this.#tables = tables
    const table = catalogue.trade_cal
    const { exchange, cal_date, is_open } = table?.fields ?? {}
    // A table of that name may be somebody's own, and another thing.
    if (table && exchange && cal_date?.type === 'date' && is_open) {
      this.#table = table
      this.#queries = new CalendarQueries(table, templates)
    }
  }

  /** The days, or `undefined` where they can not be had, for whatever reason: a call that only counts them goes on. */
  async ifKnown(exchange: string | undefined): Promise<SessionDays | undefined> {
    if (exchange === undefined || !this.#table) return undefined
    const known = this.#known.get(exchange)
    if (known && known.until > performance.now()) return known.days
    const read = this.#read(exchange).catch(() => undefined)
    return known ? known.days : read
  }

  /** The days; throws `OUT_OF_CALENDAR` when there are none, and what the database throws. */
  async need(exchange: string): Promise<SessionDays> {
    const known = this.#known.get(exchange)
    const believed = known && known.until > performance.now() && (known.days || !known.failed)
    const days = believed ? known.days : await this.#read(exchange)
    if (days) return days
    throw new StockdbError(
      'OUT_OF_CALENDAR',
      `this takes the trading days of ${exchange}, and trade_cal has none; import it`,
    )
  }

  #read(exchange: string): Promise<SessionDays | undefined> {
    let reading = this.#reading.get(exchange)
    if (!reading) {
      // Read for all calls, not on behalf of the one that happens to be first.
      reading = onBehalfOf(undefined, () => this.#load(exchange)).finally(() => this.#reading.delete(exchange))
      this.#reading.set(exchange, reading)
    }
    return reading
  }

  async #load(exchange: string): Promise<SessionDays | undefined> {
    const days = await this.#days(exchange).catch((error: unknown) => {
      this.#known.set(exchange, {
        days: this.#known.get(exchange)?.days,
        failed: true,
        until: performance.now() + NONE_MS,
      })
      throw error
    })
    this.#known.set(exchange, { days, failed: false, until: performance.now() + (days ? FRESH_MS : NONE_MS) })
    return days
  }

  async #days(exchange: string): Promise<SessionDays | undefined> {
    if (!this.#table || !this.#queries) return undefined
    await this.#tables.check(this.#table)
    const signal = deadline(READ_TIMEOUT_MS)
    const asOf = Date.now()
    const [[first] = [], [last] = [], open = []] = await collect(this.#engine, this.#queries.sessions(exchange), signal)
    if (typeof first !== 'string' || typeof last !== 'string') return undefined
    const days = Array.from(open).filter((day) => typeof day === 'string')
    return new SessionDays(daysOf(first), daysOf(last), Int32Array.from(days, daysOf), asOf)
  }
}
