import type { Catalogue } from '@stockdb/contract'
import { columnName, dateOf, daysOf, rolesOf, tableName } from '@stockdb/contract/internal'
import { StockdbError } from '@stockdb/contract/wire'
import { LRUCache } from 'lru-cache'
import { deadline } from '../engine/deadline.ts'
import type { Engine } from '../engine/engine.ts'
import type { TableGuard } from '../engine/table-guard.ts'
import { type CalendarTable, calendarFields, DEFAULT_EXCHANGE, selectTradingDays } from '../plan/calendar.ts'
import type { Planner } from '../plan/planner.ts'
import type { QueryCache } from '../plan/prepared-query.ts'
import { collect } from './collect.ts'
import { Kept, readTimes } from './kept.ts'
import { readMerged } from './read-merged.ts'
import { SessionDays } from './session-days.ts'

const READ_TIMEOUT_MS = 5_000
/** The oldest days that an answer is made from, if the database cannot report whether another process has changed them. */
const MAX_AGE_MS = 5_000
/** Exchanges kept in memory, at some thousand numbers each. */
const EXCHANGES = 32

/**
 * The trading days of each exchange, in memory: the one calendar that `calendar.*`, panels, bars and coverage use. It is
 * read again after a commit of this process, when the database reports another version, and after `MAX_AGE_MS`.
 */
export class TradingCalendar {
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
    engine.onCommit((commit) => {
      if (commit.table === table) for (const kept of this.#known.values()) kept.forget()
    })
  }

  /** When those in memory were read. */
  get readAt(): readonly number[] {
    return readTimes([...this.#known.values()])
  }

  /** The days, or `undefined` if they cannot be read for any reason: coverage goes without them. */
  ifKnown(exchange: string | undefined): SessionDays | undefined | Promise<SessionDays | undefined> {
    return exchange === undefined || !this.#table ? undefined : this.#of(exchange).ifKnown()
  }

  /** The days. Throws `OUT_OF_CALENDAR` if there are none, and the database's errors. */
  async need(exchange: string): Promise<SessionDays> {
    const table = this.#table?.dataset.name
    const days = table === undefined ? undefined : await this.#of(exchange).need(MAX_AGE_MS)
    if (days) return days
    const lack =
      table === undefined
        ? 'the catalogue has no calendar: declare one'
        : `${table} has no day of the exchange "${exchange}": import it, or name another exchange`
    throw new StockdbError('OUT_OF_CALENDAR', `cannot find the trading days of ${exchange}: ${lack}`)
  }

  /**
   * Runs `work`. If it fails because the calendar does not reach, it runs once more with days that are read after its
   * start: an import by another process may have added them, and an error must not come from memory.
   */
  async upToDate<Result>(work: () => Promise<Result>): Promise<Result> {
    const begun = performance.now()
    try {
      return await work()
    } catch (error) {
      if (!(error instanceof StockdbError) || error.code !== 'OUT_OF_CALENDAR' || !this.#table) throw error
      for (const kept of this.#known.values()) kept.expire(begun)
      return work()
    }
  }

  /** Trading days from `start` to `end`, both inclusive, ascending. A day that the calendar does not cover is an error. */
  sessions(input: { start: string; end: string; exchange?: string | undefined }): Promise<string[]> {
    const { start, end, exchange = DEFAULT_EXCHANGE } = input
    return this.upToDate(async () => {
      const known = await this.need(exchange)
      requireCovered(known, exchange, { start, end })
      return Array.from(known.between(daysOf(start), daysOf(end)), dateOf)
    })
  }

  /** The n-th trading day after (n > 0) or before (n < 0) a date; for 0 the last one on or before it. */
  offset(input: { date: string; n: number; exchange?: string | undefined }): Promise<string> {
    const { date, n, exchange = DEFAULT_EXCHANGE } = input
    return this.upToDate(async () => {
      const known = await this.need(exchange)
      requireCovered(known, exchange, { date })
      const found = known.offset(daysOf(date), n)
      if (found !== undefined) return dateOf(found)
      throw new StockdbError('OUT_OF_CALENDAR', `there is no session ${n} from ${date}: ${reach(known, exchange)}`)
    })
  }

  #of(exchange: string): Kept<SessionDays> {
    let kept = this.#known.get(exchange)
    if (!kept) {
      kept = new Kept(
        () => this.#days(exchange),
        () => this.#engine.dataVersion?.(),
      )
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
    const [[first] = [], [last] = [], open = [], known = []] = await readMerged(
      { engine, cache: this.#cache },
      checks,
      signal,
      (source, cache) => collect(source, selectTradingDays(cache, table, exchange), signal),
    )
    if (typeof first !== 'string' || typeof last !== 'string') return undefined
    const days = Array.from(open).filter((day) => typeof day === 'string')
    const strange = days.findIndex((_, at) => Number(known[at]) !== 1)
    if (strange >= 0) throw unknownFlag(table, exchange, days[strange] as string)
    return new SessionDays(daysOf(first), daysOf(last), Int32Array.from(days, daysOf), asOf, table.dataset.name)
  }
}

function unknownFlag({ dataset, ...fields }: CalendarTable, exchange: string, day: string): StockdbError {
  const column = columnName(dataset, fields.open)
  const row = `${columnName(dataset, fields.exchange)} = "${exchange}", ${columnName(dataset, fields.day)} = "${day}"`
  return new StockdbError(
    'SCHEMA_MISMATCH',
    `table ${tableName(dataset)}, column ${column}: got neither 0 nor 1 in the row ${row}; expected 1 on a trading day, 0 otherwise`,
  )
}

function requireCovered(days: SessionDays, exchange: string, dates: Readonly<Record<string, string>>): void {
  for (const [argument, date] of Object.entries(dates)) {
    if (daysOf(date) >= days.first && daysOf(date) <= days.last) continue
    throw new StockdbError('OUT_OF_CALENDAR', `${argument}: got "${date}"; ${reach(days, exchange)}`)
  }
}

const reach = ({ first, last, calendar }: SessionDays, exchange: string): string =>
  `${calendar} has ${exchange} from ${dateOf(first)} to ${dateOf(last)}`
