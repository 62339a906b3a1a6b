import { setTimeout as sleep } from 'node:timers/promises'
import type { Dataset } from '@stockdb/contract'
import { slicesOf } from './column-slices.ts'
import { deadline } from './deadline.ts'
import { detached } from './detached.ts'
import type { Engine } from './engine.ts'
import type { TableShape } from './table-shape.ts'
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

/**
 * Checks that all text dates of a table have the declared format. Filters would miss any others, so they are searched
 * for: immediately if there is an index, else in the background through the whole column.
 */
export class FormatCheck {
  readonly #engine: Engine
  readonly #dataset: Dataset
  readonly #shape: TableShape
  readonly #dates: readonly TextDate[]
  #problem: string | undefined
  #checked = 0
  #rows = 0
  #complete = false
  #searching: Promise<void> | undefined
  #searchAgainAt = Number.POSITIVE_INFINITY
  #tookMs = 0
  /** Version of the searched database state, if available. */
  #version: string | undefined

  /** Undefined if no date is stored as text. */
  static of(engine: Engine, dataset: Dataset, shape: TableShape): FormatCheck | undefined {
    const dates = textDatesOf(engine.dialect, dataset, shape)
    return dates.length === 0 ? undefined : new FormatCheck(engine, dataset, shape, dates)
  }

  constructor(engine: Engine, dataset: Dataset, shape: TableShape, dates: readonly TextDate[]) {
    this.#engine = engine
    this.#dataset = dataset
    this.#shape = shape
    // Indexed columns first.
    this.#dates = dates.toSorted((a, b) => Number(b.indexed) - Number(a.indexed))
  }

  /** Starts the search, and waits if it is short. */
  async begin(): Promise<void> {
    await Promise.race([this.#search(), sleep(WAIT_MS, undefined, { ref: false })])
  }

  /** The invalid value, with its row. */
  problem(): string | undefined | Promise<string | undefined> {
    const version = this.#engine.dataVersion?.()
    if (version !== undefined && version !== this.#version) return this.begin().then(() => this.#problem)
    if (performance.now() < this.#searchAgainAt) return this.#problem
    const search = this.#search()
    return this.#tookMs < SHORT_MS ? search.then(() => this.#problem) : this.#problem
  }

  /** `undefined` once every value was checked. */
  progress(): FormatProgress | undefined {
    return this.#complete ? undefined : { columns: this.#dates.length, checked: this.#checked, rows: this.#rows }
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
      // An unavailable database says nothing about the table, which stays unchecked.
      .catch(() => {
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
    for (const date of this.#dates) {
      this.#rows = 0
      problem = await (date.indexed
        ? findUnfit(this.#engine, this.#dataset, date, deadline(SEARCH_TIMEOUT_MS))
        : this.#searchInParts(date))
      if (problem !== undefined) break
      this.#checked++
    }
    this.#problem = problem
    this.#version = version
    this.#complete = true
    if (version !== undefined) return
    this.#tookMs = performance.now() - start
    this.#searchAgainAt = performance.now() + Math.max(BELIEVED_MS, this.#tookMs * BELIEVED_TIMES)
  }

  /** In parts, so that no statement runs long, and calls find connections in between. */
  async #searchInParts(date: TextDate): Promise<string | undefined> {
    const [engine, dataset] = [this.#engine, this.#dataset]
    const signal = deadline(SEARCH_TIMEOUT_MS)
    const slices = slicesOf(engine, dataset, this.#shape, signal)
    while (true) {
      const next = await inTurn(engine, () => slices.next())
      if (next.done) return undefined
      const problem = await inTurn(engine, () => findUnfit(engine, dataset, date, signal, next.value))
      if (problem !== undefined) return problem
      this.#rows += next.value.rows
    }
  }
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
