import type { Catalogue } from '@stockdb/contract'
import { daysOf, rolesOf, tableName } from '@stockdb/contract/internal'
import { StockdbError } from '@stockdb/contract/wire'
import { LRUCache } from 'lru-cache'
import { deadline } from '../engine/deadline.ts'
import type { Engine } from '../engine/engine.ts'
import type { TableGuard } from '../engine/table-guard.ts'
import { CalendarQueries, type CalendarTable, calendarFields } from '../plan/calendar.ts'
import type { Planner } from '../plan/planner.ts'
import type { QueryCache } from '../plan/prepared-query.ts'
import { SessionDays } from '../plan/session-days.ts'
import { collect } from './collect.ts'
import { Kept } from './kept.ts'
import { readMerged } from './read-merged.ts'

const READ_TIMEOUT_MS = 5_000
/** Exchanges whose days are kept: some thousand numbers each. */
const EXCHANGES = 32

/**
 * The trading days of exchanges, read from the calendar and kept in memory for a while, so that an ordinary call reads
 * nothing for them.
 */
export class Sessions {
  readonly #engine: Engine
  readonly #tables: TableGuard
  readonly #cache: QueryCache
  readonly #planner: Planner
  readonly #table: CalendarTable | undefined
  readonly #known = new LRUCache<string, Kept<SessionDays>>({ max: EXCHANGES })

  constructor(engine: Engine, tables: TableGuard, catalogue: Catalogue, cache: QueryCache, planner: Planner) {
    this.#engine = engine
    this.#tables = tables
    this.#cache = cache
    this.#planner = planner
    this.#table = rolesOf(catalogue).calendar
    const table = this.#table && tableName(this.#table.dataset)
    engine.onCommit(({ dataset }) => {
      if (tableName(dataset) === table) for (const kept of this.#known.values()) kept.forget()
    })
  }

  /** The days, or `undefined` where they cannot be read, for whatever reason: a call that only counts them goes on. */
  ifKnown(exchange: string | undefined): SessionDays | undefined | Promise<SessionDays | undefined> {
    return exchange === undefined || !this.#table ? undefined : this.#of(exchange).ifKnown()
  }

  /** The days; throws `OUT_OF_CALENDAR` when there are none, and what the database throws. */
  async need(exchange: string): Promise<SessionDays> {
    const table = this.#table?.dataset.name
    const days = table === undefined ? undefined : await this.#of(exchange).need()
    if (days) return days
    const lack = table === undefined ? 'the catalogue has no calendar; declare one' : `${table} has none; import it`
    throw new StockdbError('OUT_OF_CALENDAR', `this takes the trading days of ${exchange}, and ${lack}`)
  }

  #of(exchange: string): Kept<SessionDays> {
    let kept = this.#known.get(exchange)
    if (!kept) {
      kept = new Kept(() => this.#days(exchange))
      this.#known.set(exchange, kept)
    }
    return kept
  }

  async #days(exchange: string): Promise<SessionDays | undefined> {
    const [engine, table] = [this.#engine, this.#table]
    if (!table) return undefined
    await this.#tables.check(table.dataset)
    const signal = deadline(READ_TIMEOUT_MS)
    const checks = this.#planner.repeatChecks([{ dataset: table.dataset, fields: calendarFields(table) }], {})
    const asOf = Date.now()
    const [[first] = [], [last] = [], open = []] = await readMerged(
      { engine, cache: this.#cache },
      checks,
      signal,
      (source, cache) => collect(source, new CalendarQueries(table, cache).sessions(exchange), signal),
    )
    if (typeof first !== 'string' || typeof last !== 'string') return undefined
    const days = Array.from(open).filter((day) => typeof day === 'string')
    return new SessionDays(daysOf(first), daysOf(last), Int32Array.from(days, daysOf), asOf, table.dataset.name)
  }
}
