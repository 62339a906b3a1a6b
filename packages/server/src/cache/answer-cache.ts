import type { CacheStats, FrameSource, StateAnswer } from '@stockdb/contract/wire'
import { StockdbError } from '@stockdb/contract/wire'
import { LRUCache } from 'lru-cache'
import { type Bounds, OFF } from '../bounds/settings.ts'
import type { Engine } from '../engine/engine.ts'
import { momentText } from '../execute/moment-text.ts'
import { CommitWatch, type DatabaseState } from './commit-watch.ts'
import { encodeWhole } from './encode-whole.ts'
import { Flight } from './flight.ts'
import { WireAnswer, type WireParts } from './wire-answer.ts'

/** The part of its memory that one answer may take, and that answers which are being read may take together. */
const ONE_SHARE = 1 / 8
const READING_SHARE = 1 / 4
/** Rough memory of an entry besides its bytes. */
const ENTRY_BYTES = 1_024
/**
 * An answer is read again after this time, even if no commit was told: a session can keep its writes out of a server's log.
 */
const MAX_LIFE_MS = 10 * 60_000
/** The same for an answer that was counted by trading days or listings from memory, which may be older than its rows. */
const UNSETTLED_LIFE_MS = 30_000
const VALUE_BYTES = 8

/** A question, as far as it decides its answer. */
export interface Question {
  readonly key: string
  /** What is known of its tables: of another table the answer is another one. */
  readonly tables: readonly unknown[]
  /** Estimates. */
  readonly rows: number
  readonly columns: number
  /** Whether the answer depends on what the server keeps in memory for a while. */
  readonly counted: boolean
}

interface Entry {
  readonly whole: WireParts
  readonly tables: readonly unknown[]
  /** When its read began; its rows are those of this moment, or of a later one. */
  readonly readAt: number
  /** The same as wall-clock time, for people. */
  readonly readOn: number
  /** The state of the database at that moment, or one before it. */
  readonly state: DatabaseState
  readonly until: number
}

interface Running {
  readonly flight: Flight
  readonly question: Question
  readonly state: DatabaseState
  readonly commits: number
}

/**
 * Complete answers, as they go over the wire. One answer is of one state of the database; it is given again while it is proved
 * that nothing was committed since, at most `cacheMaxAgeMs` ago.
 */
export class AnswerCache {
  readonly #maxBytes: number
  readonly #maxAgeMs: number
  readonly #entries: LRUCache<string, Entry> | undefined
  readonly #watch: CommitWatch
  readonly #flights = new Map<string, Running>()
  readonly #memoryReadAt: () => number
  #readingBytes = 0
  #hits = 0
  #reads = 0
  #shared = 0
  #changes = 0
  #commits = 0

  /** `memoryReadAt`: when the oldest of what the server keeps in memory for counting was read; infinity if nothing was. */
  constructor(
    engine: Pick<Engine, 'commitMark' | 'onCommit'>,
    { cacheMemoryBytes, cacheMaxAgeMs }: Pick<Bounds, 'cacheMemoryBytes' | 'cacheMaxAgeMs'>,
    memoryReadAt: () => number,
  ) {
    this.#maxBytes = cacheMemoryBytes
    this.#maxAgeMs = cacheMaxAgeMs
    this.#memoryReadAt = memoryReadAt
    this.#watch = new CommitWatch(engine, () => {
      this.#changes++
      this.#entries?.clear()
    })
    if (cacheMaxAgeMs === OFF || cacheMemoryBytes === 0) return
    this.#entries = new LRUCache({
      maxSize: Math.ceil(cacheMemoryBytes * (1 - READING_SHARE)),
      maxEntrySize: Math.ceil(cacheMemoryBytes * ONE_SHARE) + ENTRY_BYTES,
      sizeCalculation: ({ whole }, key) => ENTRY_BYTES + 2 * key.length + whole.bytes,
    })
    engine.onCommit(() => {
      this.#commits++
      this.#entries?.clear()
    })
  }

  get stats(): CacheStats {
    return {
      answers: this.#entries?.size ?? 0,
      bytes: (this.#entries?.calculatedSize ?? 0) + this.#readingBytes,
      maxBytes: this.#entries ? this.#maxBytes : 0,
      ...{ hits: this.#hits, reads: this.#reads, shared: this.#shared, changes: this.#changes, commits: this.#commits },
      told: this.#watch.current ? this.#watch.current.mark !== undefined : null,
    }
  }

  /** Whether answers to a question may be kept. */
  takes({ rows, columns }: Question): boolean {
    return this.#entries !== undefined && rows * columns * VALUE_BYTES <= this.#maxBytes * ONE_SHARE
  }

  /** The answer from memory, if it is still true. */
  find(question: Question): WireAnswer | undefined | Promise<WireAnswer | undefined> {
    const entry = this.#entries?.get(question.key)
    if (!entry || !sameTables(entry.tables, question.tables)) return undefined
    const now = performance.now()
    const since = now - this.#maxAgeMs
    if (this.#isProved(entry, since, now)) return this.#hit(entry)
    if (entry.state !== this.#watch.current || entry.state.mark === undefined || now >= entry.until) return undefined
    return this.#watch.check(since).then(
      () => (this.#isProved(entry, since, now) ? this.#hit(entry) : undefined),
      // The read says what is wrong with the database.
      () => undefined,
    )
  }

  /** Reads the answer, once for all who ask for it at the same time, and keeps it. */
  async read(
    question: Question,
    signal: AbortSignal,
    open: (signal: AbortSignal) => Promise<FrameSource>,
  ): Promise<FrameSource> {
    if (!this.takes(question) || this.#readingBytes > this.#maxBytes * READING_SHARE) return open(signal)
    // A database that does not answer fails the read, too.
    if (!this.#watch.current) await this.#watch.check(0).catch(() => {})
    const state = this.#watch.current
    if (!state || (state.mark === undefined && this.#maxAgeMs === 0)) return open(signal)
    const known = this.#joinable(question)
    const flight = known?.flight ?? this.#start(question, state, open)
    if (known) this.#shared++
    try {
      const result = await flight.join(signal)
      if (!result) return open(signal)
      return 'rest' in result ? result : new WireAnswer(result, known?.state.name ?? state.name)
    } catch (error) {
      // The caller who began the read was refused; this one may not be.
      if (known && error instanceof StockdbError && error.code === 'OVERLOADED') return open(signal)
      throw error
    }
  }

  /** The state of the database now, by which others know whether what they keep is still true. */
  async stateNow(): Promise<StateAnswer> {
    await this.#watch.check(performance.now())
    const { name, on } = this.#watch.current as DatabaseState
    return { state: name ?? null, asOf: momentText(on) }
  }

  /** Gives all memory back. */
  clear(): void {
    this.#entries?.clear()
  }

  #isProved({ readAt, state, until }: Entry, since: number, now: number): boolean {
    if (readAt >= since) return true
    return state === this.#watch.current && state.mark !== undefined && state.at >= since && now < until
  }

  #hit({ whole, readAt, readOn, state }: Entry): WireAnswer {
    this.#hits++
    const proved = state === this.#watch.current && state.mark !== undefined && state.at > readAt
    return new WireAnswer(whole, state.name, momentText(proved ? state.on : readOn))
  }

  #joinable({ key, tables }: Question): Running | undefined {
    const running = this.#flights.get(key)
    if (!running || running.flight.isOver || running.commits !== this.#commits) return undefined
    if (running.flight.startedAt < performance.now() - this.#maxAgeMs) return undefined
    return sameTables(running.question.tables, tables) ? running : undefined
  }

  #start(question: Question, state: DatabaseState, open: (signal: AbortSignal) => Promise<FrameSource>): Flight {
    this.#reads++
    const commits = this.#commits
    const settled = !question.counted || this.#memoryReadAt() >= state.since
    const guessed = question.rows * question.columns * VALUE_BYTES
    this.#readingBytes += guessed
    const flight: Flight = new Flight(async (signal) => {
      try {
        const result = await encodeWhole(await open(signal), this.#maxBytes * ONE_SHARE)
        // A commit of this server meanwhile may be in it or not.
        if (!('rest' in result) && commits === this.#commits) {
          const { startedAt: readAt, startedOn: readOn } = flight
          const until = readAt + (settled ? MAX_LIFE_MS : UNSETTLED_LIFE_MS)
          this.#entries?.set(question.key, { whole: result, tables: question.tables, readAt, readOn, state, until })
        }
        return result
      } finally {
        this.#readingBytes -= guessed
        if (this.#flights.get(question.key)?.flight === flight) this.#flights.delete(question.key)
      }
    })
    this.#flights.set(question.key, { flight, question, state, commits })
    return flight
  }
}

const sameTables = (some: readonly unknown[], others: readonly unknown[]): boolean =>
  some.length === others.length && some.every((table, at) => table === others[at])
