import { setTimeout as sleep } from 'node:timers/promises'
import { slicesOf } from './column-slices.ts'
import { deadline } from './deadline.ts'
import type { DescribedTable } from './described-table.ts'
import { detached } from './detached.ts'
import type { Engine } from './engine.ts'
import { findUnfit, type TextDate, textDatesOf } from './text-dates.ts'

/** How long a call waits for a search in indexes; a longer one continues in the background. */
const WAIT_MS = 2_000
const SEARCH_TIMEOUT_MS = 600_000
/** How long a result is valid if the database does not report changes: a minimum, and a multiple of the search time. */
const BELIEVED_MS = 2_000
const BELIEVED_TIMES = 50
/** Delay after a failed search. */
const RETRY_MS = 30_000
/** Calls wait for a search up to this duration. */
const SHORT_MS = 50

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
 * for: immediately if there is an index, else in the background through the whole column.
 */
export class FormatCheck {
  readonly #engine: Engine
  readonly #searches: readonly Search[]
  #problem: string | undefined
  #checked = 0
  #rows = 0
  #complete = false
  #searching: Promise<void> | undefined
  #searchAgainAt = Number.POSITIVE_INFINITY
  #tookMs = 0
  /** Version of the searched database state, if available. */
  #version: string | undefined

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
    return searches.length === 0 ? undefined : new FormatCheck(engine, searches)
  }

  constructor(engine: Engine, searches: readonly Search[]) {
    this.#engine = engine
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
    if (version !== undefined && version !== this.#version) return this.begin().then(() => this.#problem)
    const now = performance.now()
    if (now < this.#searchAgainAt) return this.#problem
    // Nobody has read the table for long: it is searched as if it were new.
    if (this.#complete && now > this.#searchAgainAt + this.#believedMs()) {
      this.#complete = false
      return this.begin().then(() => this.#problem)
    }
    const search = this.#search()
    return this.#tookMs < SHORT_MS ? search.then(() => this.#problem) : this.#problem
  }

  /** `undefined` once every value was checked. */
  progress(): FormatProgress | undefined {
    return this.#complete ? undefined : { columns: this.#searches.length, checked: this.#checked, rows: this.#rows }
  }

  /**
   * Whether every value was checked: in the current state if the database has a version, otherwise in the state of the
   * last search, which is repeated every few seconds.
   */
  vouches(): boolean {
    return this.#complete && this.#version === this.#engine.dataVersion?.()
  }

  #search(): Promise<void> {
    this.#searching ??= detached(() => this.#searchAll())
      // An unavailable database says nothing about the table, which is unchecked then.
      .catch(() => {
        this.#complete = false
        this.#searchAgainAt = performance.now() + RETRY_MS
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
    this.#searchAgainAt = Number.POSITIVE_INFINITY
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
    this.#problem = problem
    this.#version = version
    this.#complete = true
    if (version !== undefined) return
    this.#tookMs = performance.now() - start
    this.#searchAgainAt = performance.now() + this.#believedMs()
  }

  #believedMs(): number {
    return Math.max(BELIEVED_MS, this.#tookMs * BELIEVED_TIMES)
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
