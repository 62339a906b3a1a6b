import { LRUCache } from 'lru-cache'
import type { Engine, Written } from '../engine/engine.ts'
import { isOwnTable } from '../engine/own-tables.ts'
import { CommitWatch, type DatabaseState } from './commit-watch.ts'
import { isTouched, type Need, type Touched, touchedBy } from './touched.ts'

/** Writes that are remembered: what was read before the oldest of them is not kept. */
const MAX_TOUCHED = 1_000
/** Numbers of writes that are remembered with the moments at which they were known. */
const MAX_NUMBERS = 100

/** The number of the last write that was known at a moment; `undefined` in a database without numbers. */
interface Numbered {
  readonly sequence: number | undefined
  readonly at: number
}

/** What must be known of the tables that are written. */
export interface WrittenTables {
  /** The table of a dataset, if that is known. */
  readonly tableOf: (dataset: string) => string | undefined
  /** Whether writes to a dataset are known to change rows of other tables, too. */
  readonly hasTriggers: (dataset: string) => boolean
}

/** What is known of the writes to the database, by which all that is kept of it is proved. Times are those of `performance.now()`. */
export class KnownWrites {
  readonly watch: CommitWatch
  readonly #tableOf: (dataset: string) => string | undefined
  readonly #listeners: ((touched: readonly Touched[]) => void)[] = []
  /** What was written lately, oldest first; of anything that was written before, `#forgottenAt` is the latest. */
  #touched: Touched[] = []
  #forgottenAt = Number.NEGATIVE_INFINITY
  /** From when on reads have what this server itself wrote, by the number of the write. */
  readonly #own = new LRUCache<number, number>({ max: MAX_TOUCHED })
  /** When the last write to a table was met. */
  readonly #writtenAt = new Map<string | undefined, number>()
  /** Oldest first. */
  #numbers: Numbered[] = []
  changes = 0
  commits = 0

  constructor(
    engine: Pick<Engine, 'commitMark' | 'onCommit'>,
    { tableOf, hasTriggers }: WrittenTables,
    isKept: boolean,
    about?: string,
  ) {
    this.#tableOf = tableOf
    this.watch = new CommitWatch(
      engine,
      (written) => {
        this.changes++
        if (written) {
          this.#touch(written.map((one) => this.#touchedBy(one)))
          this.#count(written, performance.now())
        } else this.#forget()
      },
      about,
    )
    if (!isKept) return
    engine.onCommit(({ dataset, table, hasMembers, written }) => {
      if (isOwnTable(dataset)) return
      this.commits++
      const now = performance.now()
      // Until this moment, reads may have begun that do not have it.
      const touched = (written ?? [undefined]).map((one) => touchedBy(one, hasMembers ? undefined : table, now))
      this.#touch(hasTriggers(dataset) ? [{ table: undefined, seenAt: now }] : touched)
      for (const { sequence } of written ?? []) this.#own.set(sequence, now)
      this.#count(written ?? [], now)
    })
  }

  /** Tells of every write that is met, before anything is read of it; without a table, everything may have changed. */
  listen(listener: (touched: readonly Touched[]) => void): void {
    this.#listeners.push(listener)
  }

  /** Whether rows that were read from a moment on may have changed since, as far as it is known. */
  isTouched(needs: readonly Need[], readAt: number): boolean {
    return readAt < this.#forgottenAt || this.#touched.some((one) => isTouched(needs, readAt, one))
  }

  /** Whether everything that was written since a state was met is known. */
  isOfEpoch({ mark, epoch }: Pick<DatabaseState, 'mark' | 'epoch'>): boolean {
    const { current } = this.watch
    return mark !== undefined && current?.mark !== undefined && epoch === current.epoch
  }

  /** When the last write to one of the tables was met, or one that may be to any. */
  lastWriteTo(tables: readonly string[]): number {
    return Math.max(0, ...[undefined, ...tables].map((table) => this.#writtenAt.get(table) ?? 0))
  }

  /** Remembers the number of the last write in a state that was read between two moments, unless something was written then. */
  numbered(sequence: number | undefined, from: number, at: number): void {
    const isQuiet = (this.#touched.at(-1)?.seenAt ?? Number.NEGATIVE_INFINITY) < from
    if (this.#numbers.length === 0 && isQuiet) this.#numbers.push({ sequence, at })
  }

  /** The number of the last write that all rows have which are as of a moment; `undefined` where that is unknown. */
  numberAt(moment: number): { readonly sequence: number | undefined } | undefined {
    return this.#numbers.findLast(({ at }) => at <= moment)
  }

  #count(written: readonly Written[], at: number): void {
    const last = this.#numbers.at(-1)
    if (!last || last.sequence === undefined) return
    const sequence = written.reduce((most, one) => Math.max(most, one.sequence), last.sequence)
    if (sequence > last.sequence) this.#numbers.push({ sequence, at })
    this.#numbers.splice(0, this.#numbers.length - MAX_NUMBERS)
  }

  #touchedBy(written: Written): Touched {
    const seenAt = this.#own.get(written.sequence) ?? performance.now()
    return touchedBy(written, this.#tableOf(written.dataset), seenAt)
  }

  #touch(touched: readonly Touched[]): void {
    const now = performance.now()
    for (const one of touched) {
      this.#writtenAt.set(one.table, now)
      this.#touched.push(one)
    }
    const forgotten = this.#touched.splice(0, this.#touched.length - MAX_TOUCHED)
    for (const { seenAt } of forgotten) this.#forgottenAt = Math.max(this.#forgottenAt, seenAt)
    if (touched.length > 0) for (const listener of this.#listeners) listener(touched)
  }

  #forget(): void {
    // Others may have written numbers that nobody told.
    this.#numbers = []
    this.#touch([{ table: undefined, seenAt: performance.now() }])
  }
}
