import { slicesOf } from './column-slices.ts'
import { deadline } from './deadline.ts'
import type { DescribedTable } from './described-table.ts'
import type { Engine } from './engine.ts'
import { findUnfit, type TextDate, textDatesOf } from './text-dates.ts'

const SEARCH_TIMEOUT_MS = 600_000
/** Calls wait for a search up to this duration, and in indexes up to the longer one. */
const SHORT_MS = 50
const SHORT_IN_INDEXES_MS = 500
/** The pause after a longer search, as a multiple of what it took: searches take at most a fiftieth of the database's time. */
const PAUSE_TIMES = 50

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

/** The searches of a table, which run one after the other; how far they are, and how long they take. */
export class FormatSearch {
  readonly #searches: readonly Search[]
  #checked = 0
  #rows = 0
  #tookMs = Number.POSITIVE_INFINITY

  constructor(searches: readonly Search[]) {
    // Indexed columns first.
    this.#searches = searches.toSorted((a, b) => Number(b.quick) - Number(a.quick))
  }

  get progress(): FormatProgress {
    return { columns: this.#searches.length, checked: this.#checked, rows: this.#rows }
  }

  /** Whether it is so short that calls wait for it. */
  get isShort(): boolean {
    return this.#tookMs < (this.#searches.every(({ quick }) => quick) ? SHORT_IN_INDEXES_MS : SHORT_MS)
  }

  /** The pause before the next one. */
  get pauseMs(): number {
    return this.#tookMs < SHORT_MS ? 0 : this.restMs
  }

  /** The time in which one search takes no noticeable part of the database's time. */
  get restMs(): number {
    return this.#tookMs * PAUSE_TIMES
  }

  /** Nothing is checked any more. */
  forget(): void {
    this.#checked = 0
    this.#rows = 0
  }

  /** Searches everything, up to the first problem. Rejects if the database cannot be searched. */
  async run(): Promise<string | undefined> {
    const start = performance.now()
    this.forget()
    let problem: string | undefined
    for (const search of this.#searches) {
      this.#rows = 0
      problem = await search.run(deadline(SEARCH_TIMEOUT_MS), (rows) => {
        this.#rows += rows
      })
      if (problem !== undefined) break
      this.#checked++
    }
    this.#tookMs = performance.now() - start
    return problem
  }
}

/** The searches for dates of a table that are stored as text in another format than the declared one. */
export const searchesOf = (engine: Engine, table: DescribedTable): Search[] =>
  textDatesOf(engine.dialect, table.dataset, table.shape).map((date) => searchOf(engine, table, date))

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
