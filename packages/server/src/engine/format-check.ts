import { setTimeout as sleep } from 'node:timers/promises'
import { tableName } from '@stockdb/contract/internal'
import { slicesOf } from './column-slices.ts'
import { deadline } from './deadline.ts'
import type { DescribedTable } from './described-table.ts'
import { detached } from './detached.ts'
import type { Engine } from './engine.ts'
import { ForeignWrites, type TablesState } from './foreign-writes.ts'
import { type TableRef, tableRef } from './table-ref.ts'
import { findUnfit, type TextDate, textDatesOf } from './text-dates.ts'

/** How long a call waits for a search in indexes; a longer one continues in the background. */
const WAIT_MS = 2_000
const SEARCH_TIMEOUT_MS = 600_000
/** Delay after a failed search. */
const RETRY_MS = 30_000
/** Calls wait for a search up to this duration, and in indexes up to the longer one. */
const SHORT_MS = 50
const SHORT_IN_INDEXES_MS = 500
/** The pause after a longer search, as a multiple of what it took: searches take at most a fiftieth of the database's time. */
const PAUSE_TIMES = 50
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

/** Progress over columns of text dates: their number, and how many are completely checked. */
export interface FormatProgress {
  readonly columns: number
  readonly checked: number
  /** Rows checked in the next column, if it is searched in parts. */
  readonly rows: number
}

/** A search for values that calls would miss. */
export interface Search {
  /** Whether an index finds them, so that calls may wait for it. */
  readonly quick: boolean
  /** Resolves to the problem, if there is one; `counted` is called with the rows that were looked through. */
  run(signal: AbortSignal, counted: (rows: number) => void): Promise<string | undefined>
}

/**
 * Checks that all text dates of a table have the declared format. Filters would miss any others, so they are searched
 * for: immediately if there is an index, else in the background through the whole column. A result is void as soon as somebody else
 * is found to have written to the table.
 */
export class FormatCheck {
  readonly #engine: Pick<Engine, 'dataVersion'>
  readonly #searches: readonly Search[]
  readonly #writes: ForeignWrites
  #problem: string | undefined
  #checked = 0
  #rows = 0
  /** Whether a search has ended, and no write has made it void. */
  #complete = false
  #searching: Promise<void> | undefined
  /** How long the last search took. */
  #tookMs = Number.POSITIVE_INFINITY
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
    const ofDates = tables.flatMap((table) =>
      textDatesOf(engine.dialect, table.dataset, table.shape).map((date) => searchOf(engine, table, date)),
    )
    const searches = [...ofDates, ...further]
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
    // Indexed columns first.
    this.#searches = searches.toSorted((a, b) => Number(b.quick) - Number(a.quick))
  }

  /** Starts the search, and waits if it is short. */
  async begin(): Promise<void> {
    await Promise.race([this.#search(), sleep(WAIT_MS, undefined, { ref: false })])
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
    return this.#complete ? undefined : { columns: this.#searches.length, checked: this.#checked, rows: this.#rows }
  }

  /**
   * Whether every value was checked: in the current state if the database has a version, otherwise in a state to which nobody else
   * had written when it was looked at last; where the database does not tell of writes, in that of the last search.
   */
  vouches(): boolean {
    return this.#complete && this.#told !== 'unreachable' && this.#version === this.#engine.dataVersion?.()
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
    const waits = isIdle || this.#isAwaited
    if (this.#searching && !waits) return
    if (isIdle || (await this.#isDue())) await (waits ? this.begin() : void this.#search())
  }

  /** Whether a search is so short that calls wait for it. */
  get #isAwaited(): boolean {
    return this.#tookMs < (this.#searches.every(({ quick }) => quick) ? SHORT_IN_INDEXES_MS : SHORT_MS)
  }

  /** Whether it is time for a search. */
  async #isDue(): Promise<boolean> {
    const now = performance.now()
    if (this.#complete) return now >= this.#searchedAt + this.#believedMs()
    if (this.#isAwaited || now >= this.#pauseUntil + SETTLE_MS) return now >= this.#pauseUntil
    // What was searched while others wrote is searched again without a pause, once they are done.
    return (now >= this.#pauseUntil || this.#state?.version?.isFresh === true) && this.#writes.haveSettled()
  }

  #forget(): void {
    this.#complete = false
    this.#checked = 0
    this.#rows = 0
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

  #search(): Promise<void> {
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
    const start = performance.now()
    const version = this.#engine.dataVersion?.()
    if (version !== this.#version) this.#complete = false
    const state = version === undefined ? await this.#writes.state() : undefined
    this.#checked = 0
    let problem: string | undefined
    for (const search of this.#searches) {
      this.#rows = 0
      problem = await search.run(deadline(SEARCH_TIMEOUT_MS), (rows) => {
        this.#rows += rows
      })
      if (problem !== undefined) break
      this.#checked++
    }
    const end = performance.now()
    // A write may have come behind a part that was searched.
    this.#searchedAt = end
    const isVoid = state !== undefined && (await this.#isVoid(state))
    this.#problem = problem
    this.#version = version
    this.#state = state
    this.#complete = !isVoid
    this.#tookMs = end - start
    this.#pauseUntil = this.#tookMs < SHORT_MS ? 0 : end + this.#tookMs * PAUSE_TIMES
  }

  /** How long a result lives that nothing made void. */
  #believedMs(): number {
    return Math.max(this.#told === 'no' ? UNTOLD_MS : RENEW_MS, this.#tookMs * PAUSE_TIMES)
  }
}

/** Searches a column for dates in another format. */
function searchOf(engine: Engine, { dataset, shape }: DescribedTable, date: TextDate): Search {
  if (date.indexed) return { quick: true, run: (signal) => findUnfit(engine, dataset, date, signal) }
  /** In parts, so that no statement runs long, and calls find connections in between. */
  const run: Search['run'] = async (signal, counted) => {
    const slices = slicesOf(engine, dataset, shape, signal)
    while (true) {
      const next = await inTurn(engine, () => slices.next())
      if (next.done) return undefined
      const problem = await inTurn(engine, () => findUnfit(engine, dataset, date, signal, next.value))
      if (problem !== undefined) return problem
      counted(next.value.rows)
    }
  }
  return { quick: false, run }
}

/** The last partial search by engine: one at a time, so that connections remain for calls. */
const searches = new WeakMap<Engine, Promise<void>>()

async function inTurn<Result>(engine: Engine, search: () => Promise<Result>): Promise<Result> {
  const before = searches.get(engine)
  const { promise, resolve } = Promise.withResolvers<void>()
  searches.set(engine, promise)
  await before
  try {
    return await search()
  } finally {
    resolve()
  }
}
