import type { CacheStats, FrameSource, StateAnswer } from '@stockdb/contract/wire'
import { StockdbError } from '@stockdb/contract/wire'
import { type Bounds, OFF } from '../bounds/settings.ts'
import type { Engine } from '../engine/engine.ts'
import type { TableGuard } from '../engine/table-guard.ts'
import { momentText } from '../execute/moment-text.ts'
import type { AnswerSource } from '../execute/reading.ts'
import type { AnswerFolder } from './answer-folder.ts'
import { NotInBlocks } from './blocks/block-reading.ts'
import type { PlannedCall } from './blocks/block-sources.ts'
import { BlockStore } from './blocks/block-store.ts'
import { type BlockSource, Blocks } from './blocks/blocks.ts'
import type { CommitWatch, DatabaseState } from './commit-watch.ts'
import { encodeWhole } from './encode-whole.ts'
import { Flight, type Flown } from './flight.ts'
import { type Kept, type KeptMemory, keptMemory } from './kept-memory.ts'
import { KnownWrites, type WrittenTables } from './known-writes.ts'
import { isTouched, type Need } from './touched.ts'
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
  /** How it is answered; blocks cannot help where that is not given. */
  readonly call?: PlannedCall
}

/** Reads an answer from the database, and from blocks if there are some. */
export type OpenAnswer = (signal: AbortSignal, blocks?: AnswerSource) => Promise<FrameSource>

/** What the cache must know of its server. */
export interface ServerFacts extends WrittenTables {
  /** When the oldest of what it keeps in memory for counting was read; infinity if nothing was. */
  readonly readAt: () => number
  /** Where answers are also kept on disk. */
  readonly folder?: AnswerFolder | undefined
  /** What blocks of columns are made from; without it there are none. */
  readonly blocks?: {
    readonly engine: Pick<Engine, 'read' | 'snapshot' | 'keepsTransactions'>
    readonly tables: Pick<TableGuard, 'shapeOf' | 'singlesOf' | 'lookAt'>
  }
}

interface Entry extends Kept {
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
  readonly #memory: KeptMemory | undefined
  readonly #writes: KnownWrites
  readonly #watch: CommitWatch
  readonly #blocks: Blocks | undefined
  /** Emptied at their end, because a table that the map has given up refers to them until the next full collection. */
  readonly #flights = new Map<string, { running: Running | undefined }>()
  readonly #memoryReadAt: () => number
  readonly #folder: AnswerFolder | undefined
  #readingBytes = 0
  #hits = 0
  #reads = 0
  #shared = 0
  #fromBlocks = 0

  constructor(
    engine: Pick<Engine, 'commitMark' | 'onCommit'>,
    { cacheMemoryBytes, cacheMaxAgeMs }: Pick<Bounds, 'cacheMemoryBytes' | 'cacheMaxAgeMs'>,
    { readAt, tableOf, hasTriggers, folder, blocks }: ServerFacts,
  ) {
    const isKept = cacheMaxAgeMs !== OFF && cacheMemoryBytes > 0
    this.#maxBytes = cacheMemoryBytes
    this.#maxAgeMs = cacheMaxAgeMs
    this.#memoryReadAt = readAt
    this.#writes = new KnownWrites(engine, { tableOf, hasTriggers }, isKept)
    this.#watch = this.#writes.watch
    if (!isKept) return
    this.#folder = folder
    folder?.readStateFrom(() => this.#watch.current?.name)
    const memory = keptMemory(
      Math.ceil(cacheMemoryBytes * (1 - READING_SHARE)),
      Math.ceil(cacheMemoryBytes * ONE_SHARE) + ENTRY_BYTES,
    )
    this.#memory = memory
    this.#writes.listen((touched) => {
      folder?.forget((needs) => touched.some((one) => isTouched(needs, Number.NEGATIVE_INFINITY, one)))
      for (const [key, kept] of memory.entries())
        if (isAnswer(kept) && touched.some((one) => isTouched(kept.needs, kept.readAt, one))) memory.delete(key)
    })
    if (!blocks) return
    this.#blocks = new Blocks({
      ...blocks,
      writes: this.#writes,
      store: new BlockStore(memory, this.#writes, (cacheMemoryBytes * ONE_SHARE) / 2),
      maxAgeMs: cacheMaxAgeMs,
      maxFillBytes: cacheMemoryBytes * READING_SHARE,
    })
  }

  get stats(): CacheStats {
    return {
      answers: (this.#memory?.size ?? 0) - (this.#blocks?.size ?? 0),
      blocks: this.#blocks?.size ?? 0,
      bytes: (this.#memory?.calculatedSize ?? 0) + this.#readingBytes,
      maxBytes: this.#memory ? this.#maxBytes : 0,
      ...{ hits: this.#hits, reads: this.#reads, shared: this.#shared, fromBlocks: this.#fromBlocks },
      ...{ changes: this.#writes.changes, commits: this.#writes.commits },
      ...(this.#folder ? { disk: this.#folder.size } : {}),
      seesCommits: this.#watch.current ? this.#watch.current.mark !== undefined : null,
    }
  }

  /** Whether answers to a request may be kept. */
  takes({ rows, columns }: AnswerRequest): boolean {
    return this.#memory !== undefined && rows * columns * VALUE_BYTES <= this.#maxBytes * ONE_SHARE
  }

  /** The answer from memory, if it is still true. */
  find(request: AnswerRequest): WireAnswer | undefined | Promise<WireAnswer | undefined> {
    const entry = this.#memory?.get(request.key) as Entry | undefined
    if (!entry || !sameTables(entry.tables, request.tables))
      return this.#folder && this.#findOnDisk(this.#folder, request)
    const now = performance.now()
    const since = now - this.#maxAgeMs
    if (this.#isProved(entry, since, now)) return this.#hit(entry)
    if (!this.#writes.isOfEpoch(entry.state) || now >= entry.until) return undefined
    return this.#watch.check(since).then(
      // It may have been forgotten meanwhile.
      () =>
        this.#memory?.peek(request.key) === entry && this.#isProved(entry, since, now) ? this.#hit(entry) : undefined,
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
    if (current) folder.adopt(current.name, (needs) => !this.#writes.isTouched(needs, current.at))
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
    if (!whole || folder.find(name) !== filed || this.#writes.isTouched(filed.needs, readAt)) return undefined
    const { key, tables } = request
    const { needs, readOn } = filed
    const entry: Entry = {
      bytes: bytesOf(key, whole),
      whole,
      tables,
      needs,
      readAt,
      readOn: Math.max(readOn, state.on),
      state,
      until: readAt + MAX_LIFE_MS,
    }
    this.#memory?.set(key, entry)
    return this.#hit(entry)
  }

  /** Reads the answer, once for all who ask for it at the same time, and keeps it. */
  async read(request: AnswerRequest, signal: AbortSignal, open: OpenAnswer): Promise<FrameSource> {
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
      const flown = await flight.join(signal)
      if (!flown) return open(signal)
      const { result, basis } = flown
      if ('rest' in result) return result
      return new WireAnswer(result, known?.state.name ?? state.name, basis && momentText(basis.readOn))
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
    this.#memory?.clear()
  }

  #isProved(entry: Entry, since: number, now: number): boolean {
    if (entry.readAt >= since) return true
    return this.#writes.isOfEpoch(entry.state) && (this.#watch.current?.at ?? 0) >= since && now < entry.until
  }

  #hit(entry: Entry): WireAnswer {
    this.#hits++
    const { whole, readAt, readOn, state } = entry
    const { current } = this.#watch
    if (!current || !this.#writes.isOfEpoch(state)) return new WireAnswer(whole, state.name, momentText(readOn))
    return new WireAnswer(whole, current.name, momentText(current.at > readAt ? current.on : readOn))
  }

  #joinable({ key, tables }: AnswerRequest): Running | undefined {
    const running = this.#flights.get(key)?.running
    if (!running || running.flight.isOver || this.#writes.isTouched(running.needs, running.flight.startedAt))
      return undefined
    if (running.flight.startedAt < performance.now() - this.#maxAgeMs) return undefined
    return sameTables(running.request.tables, tables) ? running : undefined
  }

  #start(request: AnswerRequest, state: DatabaseState, open: OpenAnswer): Flight {
    this.#reads++
    const { key, tables, needs } = request
    const settled = this.#isSettled(request, state)
    const guessed = request.rows * request.columns * VALUE_BYTES
    this.#readingBytes += guessed
    const place: { running: Running | undefined } = { running: undefined }
    const flight: Flight = new Flight(async (signal) => {
      try {
        const flown = await this.#make(request, signal, open)
        const { result, basis } = flown
        const { readAt, readOn } = basis ?? { readAt: flight.startedAt, readOn: flight.startedOn }
        // A write meanwhile may be in it or not.
        if (!('rest' in result) && !this.#writes.isTouched(needs, readAt)) {
          const life = readAt + (settled ? MAX_LIFE_MS : UNSETTLED_LIFE_MS)
          const until = Math.min(life, basis?.until ?? life)
          const bytes = bytesOf(key, result)
          const entry: Entry = { bytes, whole: result, tables, needs, readAt, readOn, state, until }
          this.#memory?.set(key, entry)
          // Without the name of a state, nobody could tell later whether it is still true.
          if (settled && state.mark !== undefined && this.#writes.isOfEpoch(state))
            this.#folder?.keep(this.#folder.nameOf(key, request.shapes), needs, readOn, result)
        }
        return flown
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

  /** From blocks alone, if they have all of it; else with what is missing, if it is worth it to keep that; else as it is. */
  async #make({ call }: AnswerRequest, signal: AbortSignal, open: OpenAnswer): Promise<Flown> {
    const blocks = this.#blocks
    if (call && blocks?.mayHave(call)) {
      // What is wrong with the answer, the database is to say.
      const flown = await this.#tryBlocks(await blocks.kept(call), signal, open).catch(() => undefined)
      if (flown) {
        this.#fromBlocks++
        return flown
      }
      signal.throwIfAborted()
    }
    const made =
      call && blocks?.makes(call) ? await this.#tryBlocks(blocks.made(call), signal, open).catch(ifOther) : undefined
    return made ?? { result: await encodeWhole(await open(signal), this.#maxBytes * ONE_SHARE) }
  }

  async #tryBlocks(source: BlockSource | undefined, signal: AbortSignal, open: OpenAnswer): Promise<Flown | undefined> {
    if (!source) return undefined
    const result = await encodeWhole(await open(signal, source), this.#maxBytes * ONE_SHARE)
    const basis = source.basis()
    if (!('rest' in result)) return basis ? { result, basis } : { result }
    // It is read as it comes, and says nothing of blocks.
    if (!basis) return { result }
    await result.rest.return?.()
    return undefined
  }

  /** Whether what it is counted by was read since the last write to it, and since all writes are known. */
  #isSettled({ counted }: AnswerRequest, { epoch }: DatabaseState): boolean {
    if (counted.length === 0) return true
    return this.#memoryReadAt() >= Math.max(epoch.since, this.#writes.lastWriteTo(counted))
  }
}

const isAnswer = (kept: Kept): kept is Entry => 'whole' in kept

/** The symbols that an answer needs are those of its key. */
const bytesOf = (key: string, { bytes }: WireParts): number => ENTRY_BYTES + 4 * key.length + bytes

/** Nothing if blocks cannot have the answer, or a table has something that only blocks would read. */
function ifOther(error: unknown): undefined {
  if (error instanceof NotInBlocks || (error instanceof StockdbError && error.code === 'SCHEMA_MISMATCH'))
    return undefined
  throw error
}

const sameTables = (some: readonly unknown[], others: readonly unknown[]): boolean =>
  some.length === others.length && some.every((table, at) => table === others[at])
