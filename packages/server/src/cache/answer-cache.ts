import type { CacheStats, FrameSource, StateAnswer } from '@stockdb/contract/wire'
import { StockdbError } from '@stockdb/contract/wire'
import { LRUCache } from 'lru-cache'
import { type Bounds, OFF } from '../bounds/settings.ts'
import type { Engine, Written } from '../engine/engine.ts'
import { isOwnTable } from '../engine/own-tables.ts'
import { momentText } from '../execute/moment-text.ts'
import type { AnswerFolder } from './answer-folder.ts'
import { CommitWatch, type DatabaseState } from './commit-watch.ts'
import { encodeWhole } from './encode-whole.ts'
import { Flight } from './flight.ts'
import { isTouched, type Need, type Touched, touchedBy } from './touched.ts'
import { WireAnswer, type WireParts } from './wire-answer.ts'

/** The part of its memory that one answer may take, and that answers which are being read may take together. */
const ONE_SHARE = 1 / 8
const READING_SHARE = 1 / 4
/** Rough memory of an entry besides its bytes. */
const ENTRY_BYTES = 1_024
/**
 * An answer is read again after this time, even if no commit was reported: a session can keep its writes out of a server's log.
 */
const MAX_LIFE_MS = 10 * 60_000
/** The same for an answer that was counted by trading days or listings from memory, which may be older than its rows. */
const UNSETTLED_LIFE_MS = 30_000
const VALUE_BYTES = 8
/** Writes that are remembered: an answer whose read began before the oldest of them is not kept. */
const MAX_TOUCHED = 1_000

/** A request, as far as it decides its answer. */
export interface AnswerRequest {
  readonly key: string
  /** What is known of its tables; another table has another answer. */
  readonly tables: readonly unknown[]
  /** The same as text, with their declarations, for other processes. */
  readonly shapes: string
  /** Estimates. */
  readonly rows: number
  readonly columns: number
  /** The tables that the server keeps in memory for a while, and the answer depends on. */
  readonly counted: readonly string[]
  /** Everything that it depends on. */
  readonly needs: readonly Need[]
}

/** What the cache must know of its server. */
export interface ServerFacts {
  /** When the oldest of what it keeps in memory for counting was read; infinity if nothing was. */
  readonly readAt: () => number
  /** The table of a dataset, if that is known. */
  readonly tableOf: (dataset: string) => string | undefined
  /** Where answers are also kept on disk. */
  readonly folder?: AnswerFolder | undefined
}

interface Entry {
  readonly whole: WireParts
  readonly tables: readonly unknown[]
  readonly needs: readonly Need[]
  /** When its read began; its rows are those of this moment, or of a later one. */
  readonly readAt: number
  /** The same as wall-clock time, for people. */
  readonly readOn: number
  /** The state of the database at that moment, or one before it. */
  readonly state: DatabaseState
  readonly until: number
}

/** A read that is under way. */
interface Running {
  readonly flight: Flight
  readonly request: AnswerRequest
  readonly needs: readonly Need[]
  readonly state: DatabaseState
}

/**
 * Complete answers, as they go over the wire. One answer is of one state of the database; it is given again while it is proved
 * that nothing was committed since that it depends on, at most `cacheMaxAgeMs` ago.
 */
export class AnswerCache {
  readonly #maxBytes: number
  readonly #maxAgeMs: number
  readonly #entries: LRUCache<string, Entry> | undefined
  readonly #watch: CommitWatch
  /** Emptied at their end, because a table that the map has given up refers to them until the next full collection. */
  readonly #flights = new Map<string, { running: Running | undefined }>()
  readonly #memoryReadAt: () => number
  readonly #tableOf: (dataset: string) => string | undefined
  readonly #folder: AnswerFolder | undefined
  /** What was written lately, oldest first; of anything that was written before, `#forgottenAt` is the latest. */
  #touched: Touched[] = []
  #forgottenAt = Number.NEGATIVE_INFINITY
  /** From when on reads have what this server itself wrote, by the number of the write. */
  readonly #own = new LRUCache<number, number>({ max: MAX_TOUCHED })
  /** When the last write to a table was met. */
  readonly #writtenAt = new Map<string | undefined, number>()
  #readingBytes = 0
  #hits = 0
  #reads = 0
  #shared = 0
  #changes = 0
  #commits = 0

  constructor(
    engine: Pick<Engine, 'commitMark' | 'onCommit'>,
    { cacheMemoryBytes, cacheMaxAgeMs }: Pick<Bounds, 'cacheMemoryBytes' | 'cacheMaxAgeMs'>,
    { readAt, tableOf, folder }: ServerFacts,
  ) {
    this.#maxBytes = cacheMemoryBytes
    this.#maxAgeMs = cacheMaxAgeMs
    this.#memoryReadAt = readAt
    this.#tableOf = tableOf
    this.#watch = new CommitWatch(engine, (written) => {
      this.#changes++
      if (written) this.#touch(written.map((one) => this.#touchedBy(one)))
      else this.#forget()
    })
    if (cacheMaxAgeMs === OFF || cacheMemoryBytes === 0) return
    this.#folder = folder
    folder?.readStateFrom(() => this.#watch.current?.name)
    this.#entries = new LRUCache({
      maxSize: Math.ceil(cacheMemoryBytes * (1 - READING_SHARE)),
      maxEntrySize: Math.ceil(cacheMemoryBytes * ONE_SHARE) + ENTRY_BYTES,
      // The symbols that it needs are those of its key.
      sizeCalculation: ({ whole }, key) => ENTRY_BYTES + 4 * key.length + whole.bytes,
    })
    engine.onCommit(({ dataset, table, hasMembers, written }) => {
      if (isOwnTable(dataset)) return
      this.#commits++
      const now = performance.now()
      // Until this moment, reads may have begun that do not have it.
      this.#touch((written ?? [undefined]).map((one) => touchedBy(one, hasMembers ? undefined : table, now)))
      for (const { sequence } of written ?? []) this.#own.set(sequence, now)
    })
  }

  get stats(): CacheStats {
    return {
      answers: this.#entries?.size ?? 0,
      bytes: (this.#entries?.calculatedSize ?? 0) + this.#readingBytes,
      maxBytes: this.#entries ? this.#maxBytes : 0,
      ...{ hits: this.#hits, reads: this.#reads, shared: this.#shared, changes: this.#changes, commits: this.#commits },
      ...(this.#folder ? { disk: this.#folder.size } : {}),
      seesCommits: this.#watch.current ? this.#watch.current.mark !== undefined : null,
    }
  }

  /** Whether answers to a request may be kept. */
  takes({ rows, columns }: AnswerRequest): boolean {
    return this.#entries !== undefined && rows * columns * VALUE_BYTES <= this.#maxBytes * ONE_SHARE
  }

  /** The answer from memory, if it is still true. */
  find(request: AnswerRequest): WireAnswer | undefined | Promise<WireAnswer | undefined> {
    const entry = this.#entries?.get(request.key)
    if (!entry || !sameTables(entry.tables, request.tables))
      return this.#folder && this.#findOnDisk(this.#folder, request)
    const now = performance.now()
    const since = now - this.#maxAgeMs
    if (this.#isProved(entry, since, now)) return this.#hit(entry)
    if (!this.#isOfEpoch(entry) || now >= entry.until) return undefined
    return this.#watch.check(since).then(
      // It may have been forgotten meanwhile.
      () =>
        this.#entries?.peek(request.key) === entry && this.#isProved(entry, since, now) ? this.#hit(entry) : undefined,
      // The read says what is wrong with the database.
      () => undefined,
    )
  }

  /** Takes what the last run kept on disk, if the database is still in the same state. Rejects with the database's errors. */
  async open(): Promise<void> {
    if (!this.#folder) return
    await this.#watch.check(0)
    this.#adopt(this.#folder)
  }

  /** Writes down which of the answers on disk are true. */
  async close(): Promise<void> {
    await this.#folder?.close()
  }

  #adopt(folder: AnswerFolder): void {
    const { current } = this.#watch
    if (current) folder.adopt(current.name, (needs) => !this.#isTouched(needs, current.at))
  }

  #findOnDisk(folder: AnswerFolder, request: AnswerRequest): undefined | Promise<WireAnswer | undefined> {
    const name = folder.nameOf(request.key, request.shapes)
    return folder.find(name) && this.#readFromDisk(folder, name, request)
  }

  async #readFromDisk(folder: AnswerFolder, name: string, request: AnswerRequest): Promise<WireAnswer | undefined> {
    const now = performance.now()
    await this.#watch.check(now - this.#maxAgeMs).catch(() => {})
    const [state, filed] = [this.#watch.current, folder.find(name)]
    if (!filed || state?.mark === undefined || state.at < now - this.#maxAgeMs) return undefined
    const readAt = state.at
    const whole = await folder.read(filed)
    // Every write that is known by now and touches it has removed it.
    if (!whole || folder.find(name) !== filed || this.#isTouched(filed.needs, readAt)) return undefined
    const { key, tables } = request
    const { needs, readOn } = filed
    const entry = {
      whole,
      tables,
      needs,
      readAt,
      readOn: Math.max(readOn, state.on),
      state,
      until: readAt + MAX_LIFE_MS,
    }
    this.#entries?.set(key, entry)
    return this.#hit(entry)
  }

  /** Reads the answer, once for all who ask for it at the same time, and keeps it. */
  async read(
    request: AnswerRequest,
    signal: AbortSignal,
    open: (signal: AbortSignal) => Promise<FrameSource>,
  ): Promise<FrameSource> {
    if (!this.takes(request) || this.#readingBytes > this.#maxBytes * READING_SHARE) return open(signal)
    // A database that does not answer fails the read, too.
    if (!this.#watch.current) await this.#watch.check(0).catch(() => {})
    if (this.#folder) this.#adopt(this.#folder)
    const state = this.#watch.current
    if (!state || (state.mark === undefined && this.#maxAgeMs === 0)) return open(signal)
    const known = this.#joinable(request)
    const flight = known?.flight ?? this.#start(request, state, open)
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

  /** Whether everything that was written since is known, and did not touch the answer, which would be gone. */
  #isOfEpoch({ state }: Pick<Entry, 'state'>): boolean {
    const { current } = this.#watch
    return state.mark !== undefined && current?.mark !== undefined && state.epoch === current.epoch
  }

  #isProved(entry: Entry, since: number, now: number): boolean {
    if (entry.readAt >= since) return true
    return this.#isOfEpoch(entry) && (this.#watch.current?.at ?? 0) >= since && now < entry.until
  }

  #hit(entry: Entry): WireAnswer {
    this.#hits++
    const { whole, readAt, readOn, state } = entry
    const { current } = this.#watch
    if (!current || !this.#isOfEpoch(entry)) return new WireAnswer(whole, state.name, momentText(readOn))
    return new WireAnswer(whole, current.name, momentText(current.at > readAt ? current.on : readOn))
  }

  #touchedBy(written: Written): Touched {
    const seenAt = this.#own.get(written.sequence) ?? performance.now()
    return touchedBy(written, this.#tableOf(written.dataset), seenAt)
  }

  /** Forgets the answers that a write may have changed, also those that are being read. */
  #touch(touched: readonly Touched[]): void {
    const now = performance.now()
    for (const one of touched) {
      this.#writtenAt.set(one.table, now)
      this.#touched.push(one)
    }
    const forgotten = this.#touched.splice(0, this.#touched.length - MAX_TOUCHED)
    for (const { seenAt } of forgotten) this.#forgottenAt = Math.max(this.#forgottenAt, seenAt)
    if (touched.length === 0) return
    this.#folder?.forget((needs) => touched.some((one) => isTouched(needs, Number.NEGATIVE_INFINITY, one)))
    for (const [key, { needs, readAt }] of this.#entries?.entries() ?? [])
      if (touched.some((one) => isTouched(needs, readAt, one))) this.#entries?.delete(key)
  }

  /** Forgets all answers, also those that are being read. */
  #forget(): void {
    this.#entries?.clear()
    this.#touch([{ table: undefined, seenAt: performance.now() }])
  }

  #isTouched(needs: readonly Need[], readAt: number): boolean {
    return readAt < this.#forgottenAt || this.#touched.some((one) => isTouched(needs, readAt, one))
  }

  #joinable({ key, tables }: AnswerRequest): Running | undefined {
    const running = this.#flights.get(key)?.running
    if (!running || running.flight.isOver || this.#isTouched(running.needs, running.flight.startedAt)) return undefined
    if (running.flight.startedAt < performance.now() - this.#maxAgeMs) return undefined
    return sameTables(running.request.tables, tables) ? running : undefined
  }

  #start(request: AnswerRequest, state: DatabaseState, open: (signal: AbortSignal) => Promise<FrameSource>): Flight {
    this.#reads++
    const { key, tables, needs } = request
    const settled = this.#isSettled(request, state)
    const guessed = request.rows * request.columns * VALUE_BYTES
    this.#readingBytes += guessed
    const place: { running: Running | undefined } = { running: undefined }
    const flight: Flight = new Flight(async (signal) => {
      try {
        const result = await encodeWhole(await open(signal), this.#maxBytes * ONE_SHARE)
        const { startedAt: readAt, startedOn: readOn } = flight
        // A write meanwhile may be in it or not.
        if (!('rest' in result) && !this.#isTouched(needs, readAt)) {
          const until = readAt + (settled ? MAX_LIFE_MS : UNSETTLED_LIFE_MS)
          this.#entries?.set(key, { whole: result, tables, needs, readAt, readOn, state, until })
          // Without the name of a state, nobody could tell later whether it is still true.
          if (settled && state.mark !== undefined && this.#isOfEpoch({ state }))
            this.#folder?.keep(this.#folder.nameOf(key, request.shapes), needs, readOn, result)
        }
        return result
      } finally {
        this.#readingBytes -= guessed
        if (this.#flights.get(key) === place) this.#flights.delete(key)
        place.running = undefined
      }
    })
    place.running = { flight, request, needs, state }
    this.#flights.set(key, place)
    return flight
  }

  /** Whether what it is counted by was read since the last write to it, and since all writes are known. */
  #isSettled({ counted }: AnswerRequest, { epoch }: DatabaseState): boolean {
    if (counted.length === 0) return true
    const writtenAt = [undefined, ...counted].map((table) => this.#writtenAt.get(table) ?? 0)
    return this.#memoryReadAt() >= Math.max(epoch.since, ...writtenAt)
  }
}

const sameTables = (some: readonly unknown[], others: readonly unknown[]): boolean =>
  some.length === others.length && some.every((table, at) => table === others[at])
