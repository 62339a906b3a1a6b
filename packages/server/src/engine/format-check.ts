import { setTimeout as sleep } from 'node:timers/promises'
import type { Dataset } from '@stockdb/contract'
import { slicesOf } from './column-slices.ts'
import { deadline } from './deadline.ts'
import { detached } from './detached.ts'
import type { Engine } from './engine.ts'
import type { TableShape } from './table-shape.ts'
import { findUnfit, type TextDate, textDatesOf } from './text-dates.ts'

/** How long a call waits for the search in indexes; what takes longer goes on beside it. */
const WAIT_MS = 2_000
const SEARCH_TIMEOUT_MS = 600_000
/** How long a finding is believed where the database does not tell that it changed, and how many times as long as it took. */
const BELIEVED_MS = 2_000
const BELIEVED_TIMES = 50
/** How long after a search that failed the next one starts. */
const RETRY_MS = 30_000
/** A search as short as this is waited for. */
const SHORT_MS = 50

/** Columns of dates that are kept as texts: how many there are, and of how many all values were looked at. */
export interface FormatProgress {
  readonly columns: number
  readonly checked: number
  /** Rows that were looked through of the next column, where that is done part by part. */
  readonly rows: number
}

/**
 * Whether all dates of a table that are kept as texts are in the form that is declared. What is not is passed over by every
 * filter, so it must be looked for: in an index at once, else in the whole column, beside the calls.
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
  /** The state of the database that was searched, where it tells. */
  #version: string | undefined

  /** None where no date is kept as a text. */
  static of(engine: Engine, dataset: Dataset, shape: TableShape): FormatCheck | undefined {
    const dates = textDatesOf(engine.dialect, dataset, shape)
    return dates.length === 0 ? undefined : new FormatCheck(engine, dataset, shape, dates)
  }

  constructor(engine: Engine, dataset: Dataset, shape: TableShape, dates: readonly TextDate[]) {
    this.#engine = engine
    this.#dataset = dataset
    this.#shape = shape
    // What an index tells comes first.
    this.#dates = dates.toSorted((a, b) => Number(b.indexed) - Number(a.indexed))
  }

  /** Starts the search, and waits for it where it is short. */
  async begin(): Promise<void> {
    await Promise.race([this.#search(), sleep(WAIT_MS, undefined, { ref: false })])
  }

  /** The value that was found, with its row. */
  problem(): string | undefined | Promise<string | undefined> {
    const version = this.#engine.dataVersion?.()
    if (version !== undefined && version !== this.#version) return this.begin().then(() => this.#problem)
    if (performance.now() < this.#searchAgainAt) return this.#problem
    const search = this.#search()
    return this.#tookMs < SHORT_MS ? search.then(() => this.#problem) : this.#problem
  }

  /** `undefined` once every value was looked at. */
  progress(): FormatProgress | undefined {
    return this.#complete ? undefined : { columns: this.#dates.length, checked: this.#checked, rows: this.#rows }
  }

  /**
   * Whether every value was searched: of the present state where the database tells its version, otherwise of the state
   * at the last search, which is repeated every few seconds.
   */
  vouches(): boolean {
    return this.#complete && this.#version === this.#engine.dataVersion?.()
  }

  #search(): Promise<void> {
    this.#searching ??= detached(() => this.#searchAll())
      // A database that is away says nothing about the table, which stays unchecked.
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

  /** Part by part, so that no statement works for long, and calls find connections between them. */
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

/** The last search of a part of a table, by engine: one at a time, so that they leave connections to the calls. */
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
