import { setTimeout as sleep } from 'node:timers/promises'
import { tableName } from '@stockdb/contract/internal'
import type { DescribedTable } from './described-table.ts'
import { detached } from './detached.ts'
import type { Engine } from './engine.ts'
import { ForeignWrites, type TablesState } from './foreign-writes.ts'
import { type FormatProgress, FormatSearch, type Search, searchesOf } from './format-search.ts'
import { type TableRef, tableRef } from './table-ref.ts'

/** How long a call waits for a search in indexes; a longer one continues in the background. */
const WAIT_MS = 2_000
/** Delay after a failed search. */
const RETRY_MS = 30_000
/** How long a longer search waits for the end of writes, which would make its result void. */
const SETTLE_MS = 30_000
/** How often the database is asked whether others have written to the table; and to many tables, as a multiple of what that takes. */
const LOOK_MS = 1_000
const LOOK_TIMES = 20
/** When a result is renewed that no write has made void: a write may be unknown to the database's log. */
const RENEW_MS = 600_000
/** The same if the database does not tell of writes: a minimum, and how long a result is vouched for at most. */
const UNTOLD_MS = 1_000
const VOUCHED_MS = 60_000

/**
 * Checks that all text dates of a table have the declared format. Filters would miss any others, so they are searched
 * for: immediately if there is an index, else in the background through the whole column. This decides when: a result is void
 * as soon as somebody else is found to have written to the table.
 */
export class FormatCheck {
  readonly #engine: Pick<Engine, 'dataVersion'>
  readonly #search: FormatSearch
  readonly #writes: ForeignWrites
  #problem: string | undefined
  /** Whether a search has ended, and no write has made it void. */
  #complete = false
  #searching: Promise<void> | undefined
  #searchedAt = 0
  /** No search begins before. */
  #pauseUntil = 0
  /** Version of the searched database state, if available. */
  #version: string | undefined
  /** The state that was searched, if there is no version; and whether the database told at the last look if it is another one now. */
  #state: TablesState | undefined
  #told: 'yes' | 'no' | 'unreachable' = 'no'
  #looking: Promise<void> | undefined
  #lookAgainAt = 0

  /** Undefined if no date is stored as text, and there is nothing else to search for. */
  static of(
    engine: Engine,
    tables: readonly DescribedTable[],
    further: readonly Search[] = [],
  ): FormatCheck | undefined {
    const searches = [...tables.flatMap((table) => searchesOf(engine, table)), ...further]
    if (searches.length === 0) return undefined
    const refs = new Map(tables.map(({ dataset }) => [tableName(dataset), tableRef(dataset)]))
    return new FormatCheck(engine, searches, [...refs.values()])
  }

  constructor(
    engine: Pick<Engine, 'dataVersion' | 'tableVersion' | 'commitMark'>,
    searches: readonly Search[],
    tables: readonly TableRef[],
  ) {
    this.#engine = engine
    this.#writes = new ForeignWrites(engine, tables)
    this.#search = new FormatSearch(searches)
  }

  /** Starts the search, and waits if it is short. */
  async begin(): Promise<void> {
    await Promise.race([this.#searchOnce(), sleep(WAIT_MS, undefined, { ref: false })])
  }

  /** The invalid value, with its row. */
  problem(): string | undefined | Promise<string | undefined> {
    const version = this.#engine.dataVersion?.()
    if (version === undefined ? this.#isLookedAt() : version === this.#version) return this.#problem
    return (version === undefined ? this.#lookOnce() : this.begin()).then(() => this.#problem)
  }

  /** Asks whether others have written, if the last look is old; nothing to wait for otherwise, nor where the database has a version. */
  lookForWrites(): Promise<void> | undefined {
    return this.#engine.dataVersion || this.#isLookedAt() ? undefined : this.#lookOnce()
  }

  /** `undefined` once every value was checked. */
  progress(): FormatProgress | undefined {
    return this.#complete ? undefined : this.#search.progress
  }

  /**
   * Whether every value was checked and is right: in the current state if the database has a version, otherwise in a state to
   * which nobody else had written when it was looked at last; where the database does not tell of writes, in that of the last
   * search.
   */
  vouches(): boolean {
    return (
      this.#complete &&
      this.#problem === undefined &&
      this.#told !== 'unreachable' &&
      this.#version === this.#engine.dataVersion?.()
    )
  }

  /** Whether the last look is so young that calls need no other. */
  #isLookedAt(): boolean {
    return !this.#looking && performance.now() < this.#lookAgainAt
  }

  #lookOnce(): Promise<void> {
    this.#looking ??= detached(() => this.#look()).finally(() => {
      this.#looking = undefined
    })
    return this.#looking
  }

  async #look(): Promise<void> {
    const startedAt = performance.now()
    // Nobody has read the table for long: it is searched as if it were new.
    const isIdle = this.#complete && startedAt > this.#searchedAt + 2 * this.#believedMs()
    if (this.#complete && (isIdle || (this.#state && (await this.#isVoid(this.#state))))) this.#forget()
    const tookMs = performance.now() - startedAt
    this.#lookAgainAt = startedAt + (this.#writes.tables > 1 ? Math.max(LOOK_MS, tookMs * LOOK_TIMES) : LOOK_MS)
    const waits = isIdle || this.#search.isShort
    if (this.#searching && !waits) return
    if (isIdle || (await this.#isDue())) await (waits ? this.begin() : void this.#searchOnce())
  }

  /** Whether it is time for a search. */
  async #isDue(): Promise<boolean> {
    const now = performance.now()
    if (this.#complete) return now >= this.#searchedAt + this.#believedMs()
    if (this.#search.isShort || now >= this.#pauseUntil + SETTLE_MS) return now >= this.#pauseUntil
    // What was searched while others wrote is searched again without a pause, once they are done.
    return (now >= this.#pauseUntil || this.#state?.version?.isFresh === true) && this.#writes.haveSettled()
  }

  #forget(): void {
    this.#complete = false
    this.#search.forget()
  }

  /** Whether others have written since a state that was searched, or the database does not tell and it is too old. */
  async #isVoid(state: TablesState): Promise<boolean> {
    try {
      const since = await this.#writes.since(state)
      this.#told = since.written === undefined ? 'no' : 'yes'
      if (since.written === false && this.#state === state) this.#state = since.state
      return since.written ?? performance.now() > this.#searchedAt + VOUCHED_MS
    } catch {
      // An unavailable database says nothing: the next look may tell.
      this.#told = 'unreachable'
      return false
    }
  }

  #searchOnce(): Promise<void> {
    this.#searching ??= detached(() => this.#searchAll())
      // An unavailable database says nothing about the table, which is unchecked then.
      .catch(() => {
        this.#complete = false
        this.#state = undefined
        this.#pauseUntil = performance.now() + RETRY_MS
      })
      .finally(() => {
        this.#searching = undefined
      })
    return this.#searching
  }

  async #searchAll(): Promise<void> {
    const version = this.#engine.dataVersion?.()
    if (version !== this.#version) this.#complete = false
    const state = version === undefined ? await this.#writes.state() : undefined
    const problem = await this.#search.run()
    this.#searchedAt = performance.now()
    this.#pauseUntil = this.#searchedAt + this.#search.pauseMs
    // A write may have come behind a part that was searched.
    const isVoid = state !== undefined && (await this.#isVoid(state))
    this.#problem = problem
    this.#version = version
    this.#state = state
    this.#complete = !isVoid
  }

  /** How long a result lives that nothing made void. */
  #believedMs(): number {
    return Math.max(this.#told === 'no' ? UNTOLD_MS : RENEW_MS, this.#search.restMs)
  }
}
