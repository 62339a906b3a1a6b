import type { CacheStats, FrameSource, StateAnswer } from '@stockdb/contract/wire'
import { StockdbError } from '@stockdb/contract/wire'
import { type Bounds, OFF } from '../bounds/settings.ts'
import type { Engine } from '../engine/engine.ts'
import type { TableGuard } from '../engine/table-guard.ts'
import { momentText } from '../execute/moment-text.ts'
import { AnswerReader, type OpenAnswer } from './answer-reader.ts'
import type { AnswerRequest } from './answer-request.ts'
import type { BlockSources } from './blocks/block-sources.ts'
import { BlockStore } from './blocks/block-store.ts'
import { Blocks } from './blocks/blocks.ts'
import { FiledBlocks } from './blocks/filed-blocks.ts'
import type { CacheFolder } from './cache-folder.ts'
import type { DatabaseState } from './commit-watch.ts'
import type { Flight } from './flight.ts'
import { keptAtEnd } from './keep-at-end.ts'
import { ENTRY_BYTES, KeptAnswers } from './kept-answers.ts'
import { type KeptMemory, keptMemory } from './kept-memory.ts'
import { KnownWrites, type WrittenTables } from './known-writes.ts'
import { type Asked, guessedBytes, type Running, RunningReads } from './running-reads.ts'
import { stateName } from './state-name.ts'
import { LongAnswer, WireAnswer } from './wire-answer.ts'

/** The part of its memory that an answer may take for which others wait until it is whole; a longer one is sent as it comes. */
const SHARED_SHARE = 1 / 8
/** The part that one answer may take, and that answers which are being read may take together. */
const ONE_SHARE = 1 / 4
/** The part of what is being read that one block may take. */
const BLOCK_SHARE = 1 / 4

/** What the cache must know of its server. */
export interface ServerFacts extends WrittenTables {
  /** What its answers follow from besides the database and the call: what it declares, and its version. */
  readonly about?: string
  /** When the oldest of what it keeps in memory for counting was read; infinity if nothing was. */
  readonly readAt: () => number
  /** Where answers and blocks are also kept on disk. */
  readonly folder?: CacheFolder | undefined
  /** What blocks of columns are made from; without it there are none. */
  readonly blocks?: {
    readonly engine: Pick<Engine, 'read' | 'snapshot' | 'keepsTransactions'>
    readonly tables: Pick<TableGuard, 'shapeOf' | 'singlesOf' | 'lookAt' | 'knownOf'>
  }
}

/** What keeps answers, and what reads them. */
interface Parts {
  readonly memory: KeptMemory
  readonly answers: KeptAnswers
  readonly blocks: Blocks | undefined
  readonly reader: AnswerReader
}

/**
 * Complete answers, as they go over the wire. One answer is of one state of the database; it is given again while it is proved
 * that nothing was committed since that it depends on, at most `cacheMaxAgeMs` ago.
 */
export class AnswerCache {
  readonly #maxBytes: number
  readonly #maxAgeMs: number
  readonly #writes: KnownWrites
  readonly #running: RunningReads
  readonly #memoryReadAt: () => number
  readonly #folder: CacheFolder | undefined
  /** Absent if nothing is kept. */
  readonly #parts: Parts | undefined
  #reads = 0
  #shared = 0

  constructor(
    engine: Pick<Engine, 'commitMark' | 'onCommit'>,
    { cacheMemoryBytes, cacheMaxAgeMs }: Pick<Bounds, 'cacheMemoryBytes' | 'cacheMaxAgeMs'>,
    facts: ServerFacts,
  ) {
    const isKept = cacheMaxAgeMs !== OFF && cacheMemoryBytes > 0
    this.#maxBytes = cacheMemoryBytes
    this.#maxAgeMs = cacheMaxAgeMs
    this.#memoryReadAt = facts.readAt
    this.#writes = new KnownWrites(engine, facts, isKept, facts.about)
    this.#running = new RunningReads(this.#writes, cacheMaxAgeMs)
    if (!isKept) return
    this.#folder = facts.folder
    this.#parts = partsOf(this.#writes, cacheMemoryBytes, cacheMaxAgeMs, facts)
  }

  get stats(): CacheStats {
    const { memory, answers, blocks, reader } = this.#parts ?? {}
    const { current } = this.#writes.watch
    return {
      answers: (memory?.size ?? 0) - (blocks?.size ?? 0),
      blocks: blocks?.size ?? 0,
      bytes: (memory?.calculatedSize ?? 0) + this.#running.bytes,
      maxBytes: memory ? this.#maxBytes : 0,
      ...{ hits: answers?.hits ?? 0, reads: this.#reads, shared: this.#shared, fromBlocks: reader?.fromBlocks ?? 0 },
      ...{ changes: this.#writes.changes, commits: this.#writes.commits },
      ...(this.#folder ? { disk: this.#folder.size } : {}),
      seesCommits: current ? current.mark !== undefined : null,
    }
  }

  /** The answer from memory or disk, if it is still true. */
  find(request: AnswerRequest): WireAnswer | undefined | Promise<WireAnswer | undefined> {
    return this.#parts?.answers.find(request)
  }

  /** Reads the answer, once for all who ask for it at the same time, and keeps it. */
  async read(request: AnswerRequest, signal: AbortSignal, open: OpenAnswer): Promise<FrameSource> {
    const parts = this.#parts
    if (!parts) return open(signal)
    const { watch } = this.#writes
    const isLong = guessedBytes(request) > this.#maxBytes * SHARED_SHARE
    // A client keeps a long answer by the name of its state, which is of use if the database still is in that state.
    const since = isLong ? performance.now() - this.#maxAgeMs : 0
    // A database that does not answer fails the read, too.
    if (!watch.current || watch.current.at < since) await watch.check(since).catch(() => {})
    this.#folder?.adopt()
    const state = watch.current
    if (!state || (state.mark === undefined && this.#maxAgeMs === 0)) return open(signal)
    if (isLong || this.#running.bytes > this.#maxBytes * ONE_SHARE) {
      const asked = this.#asked(request, state)
      const began = { startedAt: performance.now(), startedOn: Date.now() }
      return this.#asItComes(parts, asked, began, await open(signal))
    }
    const known = this.#running.find(request)
    const running = known ?? this.#start(parts, request, state, open)
    if (known) this.#shared++
    try {
      const flown = await running.flight.join(signal)
      if (!flown) return open(signal)
      const { result, basis } = flown
      if ('rest' in result) return this.#asItComes(parts, running, running.flight, result)
      return new WireAnswer(result, stateName(running.state, running.settled), basis && momentText(basis.readOn))
    } catch (error) {
      // The caller who began the read was refused; this one may not be.
      if (known && error instanceof StockdbError && error.code === 'OVERLOADED') return open(signal)
      throw error
    }
  }

  /** Takes what the last run kept on disk, if the database is still in the same state. Rejects with the database's errors. */
  async open(): Promise<void> {
    if (!this.#folder) return
    await this.#writes.watch.check(0)
    this.#folder.adopt()
  }

  /** Writes down what is true of what is on disk. */
  async close(): Promise<void> {
    await this.#folder?.close()
  }

  /** The state of the database now, by which others know whether what they keep is still true. */
  async stateNow(): Promise<StateAnswer> {
    const { watch } = this.#writes
    await watch.check(performance.now())
    const { name, on } = watch.current as DatabaseState
    return { state: name ?? null, asOf: momentText(on) }
  }

  /** Gives all memory back. */
  clear(): void {
    this.#parts?.memory.clear()
  }

  #start({ reader, answers }: Parts, request: AnswerRequest, state: DatabaseState, open: OpenAnswer): Running {
    this.#reads++
    const asked = this.#asked(request, state)
    return this.#running.start(asked, async (signal, { startedAt, startedOn }) => {
      const flown = await reader.read(request.call, signal, open)
      const { result, basis } = flown
      const { readAt, readOn, until } = basis ?? { readAt: startedAt, readOn: startedOn, until: undefined }
      if (!('rest' in result)) answers.keep(request, { ...asked, whole: result, readAt, readOn, until })
      return flown
    })
  }

  /** Hands on an answer as it comes, with the name of its state; it is kept at its end if there is room. */
  #asItComes(
    { answers }: Parts,
    { request, needs, state, settled }: Asked,
    { startedAt, startedOn }: Pick<Flight, 'startedAt' | 'startedOn'>,
    source: FrameSource,
  ): FrameSource {
    const most = this.#maxBytes * ONE_SHARE
    const hasRoom = guessedBytes(request) + this.#running.bytes <= most
    const name = stateName(state, settled)
    if (!hasRoom && !(source instanceof LongAnswer))
      return { header: source.header, chunks: source.chunks, state: name }
    const known = { needs, state, settled, readAt: startedAt, readOn: startedOn, until: undefined }
    return keptAtEnd(source instanceof LongAnswer ? source : LongAnswer.of(source), {
      state: name,
      room: this.#running.room(hasRoom ? most : 0),
      keep: (whole) => answers.keep(request, { ...known, whole }),
    })
  }

  #asked(request: AnswerRequest, state: DatabaseState): Asked {
    return { request, needs: request.needs, state, settled: this.#isSettled(request, state) }
  }

  /** Whether what it is counted by was read since the last write to it, and since all writes are known. */
  #isSettled({ counted }: AnswerRequest, { epoch }: DatabaseState): boolean {
    if (counted.length === 0) return true
    return this.#memoryReadAt() >= Math.max(epoch.since, this.#writes.lastWriteTo(counted))
  }
}

function partsOf(writes: KnownWrites, maxBytes: number, maxAgeMs: number, { folder, blocks }: ServerFacts): Parts {
  const oneBytes = maxBytes * ONE_SHARE
  const memory = keptMemory(Math.ceil(maxBytes - oneBytes), Math.ceil(oneBytes) + ENTRY_BYTES)
  folder?.follow(writes)
  const answers = new KeptAnswers({ memory, writes, maxAgeMs, folder })
  const made = blocks && blocksOf({ ...blocks, writes, maxAgeMs, maxFillBytes: oneBytes }, memory, folder)
  return { memory, answers, blocks: made, reader: new AnswerReader(made, maxBytes * SHARED_SHARE) }
}

function blocksOf(
  sources: Omit<BlockSources, 'store' | 'filed'>,
  memory: KeptMemory,
  folder: CacheFolder | undefined,
): Blocks {
  const store = new BlockStore(memory, sources.writes, sources.maxFillBytes * BLOCK_SHARE)
  return new Blocks({ ...sources, store, filed: folder && new FiledBlocks({ ...sources, store }, folder) })
}
