import { momentText } from '../execute/moment-text.ts'
import type { AnswerRequest } from './answer-request.ts'
import type { CacheFolder } from './cache-folder.ts'
import type { DatabaseState } from './commit-watch.ts'
import { type Kept, type KeptMemory, MAX_LIFE_MS } from './kept-memory.ts'
import type { KnownWrites } from './known-writes.ts'
import { stateName } from './state-name.ts'
import { isTouched, type Need } from './touched.ts'
import { WireAnswer, type WireParts } from './wire-answer.ts'

/** Rough memory of an answer besides its bytes. */
export const ENTRY_BYTES = 1_024
/** An answer that was counted by trading days or listings from memory, which may be older than its rows, is read again after this time. */
const UNSETTLED_LIFE_MS = 30_000

interface Entry extends Kept {
  readonly whole: WireParts
  readonly tables: readonly unknown[]
  readonly needs: readonly Need[]
  /** Its rows are those of this moment, or of a later one. */
  readonly readAt: number
  /** The same as wall-clock time, for people. */
  readonly readOn: number
  /** The state of the database at that moment, or one before it. */
  readonly state: DatabaseState
  /** Whether what it was counted by is at least as new as its rows. */
  readonly settled: boolean
  readonly until: number
}

/** An answer that was read, and what is known of it. */
export interface ReadAnswer extends Pick<Entry, 'whole' | 'needs' | 'readAt' | 'readOn' | 'state' | 'settled'> {
  /** When it is to be read again at the latest, whatever is known of writes. */
  readonly until: number | undefined
}

interface Options {
  readonly memory: KeptMemory
  readonly writes: KnownWrites
  readonly maxAgeMs: number
  /** Where answers are also kept on disk. */
  readonly folder: CacheFolder | undefined
}

/** Complete answers in memory and on disk, each given again while it is proved to be true. */
export class KeptAnswers {
  readonly #memory: KeptMemory
  readonly #writes: KnownWrites
  readonly #maxAgeMs: number
  readonly #folder: CacheFolder | undefined
  #hits = 0

  constructor({ memory, writes, maxAgeMs, folder }: Options) {
    this.#memory = memory
    this.#writes = writes
    this.#maxAgeMs = maxAgeMs
    this.#folder = folder
    writes.listen((touched) => {
      for (const [key, kept] of memory.entries())
        if (isAnswer(kept) && touched.some((one) => isTouched(kept.needs, kept.readAt, one))) memory.delete(key)
    })
  }

  /** How many answers were found. */
  get hits(): number {
    return this.#hits
  }

  /** The answer, if it is still true. */
  find(request: AnswerRequest): WireAnswer | undefined | Promise<WireAnswer | undefined> {
    const entry = this.#memory.get(request.key) as Entry | undefined
    if (!entry || !sameTables(entry.tables, request.tables))
      return this.#folder && this.#findOnDisk(this.#folder, request)
    const now = performance.now()
    const since = now - this.#maxAgeMs
    if (this.#isProved(entry, since, now)) return this.#hit(entry)
    if (!this.#writes.isOfEpoch(entry.state) || now >= entry.until) return undefined
    return this.#writes.watch.check(since).then(
      // It may have been forgotten meanwhile.
      () =>
        this.#memory.peek(request.key) === entry && this.#isProved(entry, since, now) ? this.#hit(entry) : undefined,
      // The read says what is wrong with the database.
      () => undefined,
    )
  }

  /** Keeps an answer, unless something was written meanwhile: that may be in it or not. */
  keep(request: AnswerRequest, { whole, needs, readAt, readOn, state, until, settled }: ReadAnswer): void {
    if (this.#writes.isTouched(needs, readAt)) return
    const { key, tables } = request
    const life = readAt + (settled ? MAX_LIFE_MS : UNSETTLED_LIFE_MS)
    const entry: Entry = {
      ...{ bytes: bytesOf(key, whole), whole, tables, needs, readAt, readOn, state, settled },
      until: Math.min(life, until ?? life),
    }
    this.#memory.set(key, entry)
    const folder = this.#folder
    // Without the name of a state, nobody could tell later whether it is still true.
    if (!folder || !settled || state.mark === undefined || !this.#writes.isOfEpoch(state)) return
    const name = folder.nameOf(key, request.shapes)
    folder.keep({ name, needs, readOn, at: readAt, until: entry.until, bytes: whole.bytes, whole: () => whole })
  }

  #findOnDisk(folder: CacheFolder, request: AnswerRequest): undefined | Promise<WireAnswer | undefined> {
    const name = folder.nameOf(request.key, request.shapes)
    return folder.find(name) && this.#readFromDisk(folder, name, request)
  }

  async #readFromDisk(folder: CacheFolder, name: string, request: AnswerRequest): Promise<WireAnswer | undefined> {
    const { watch } = this.#writes
    const now = performance.now()
    await watch.check(now - this.#maxAgeMs).catch(() => {})
    const [state, filed] = [watch.current, folder.find(name)]
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
      settled: true,
      until: filed.until,
    }
    this.#memory.set(key, entry)
    return this.#hit(entry)
  }

  #isProved(entry: Entry, since: number, now: number): boolean {
    if (entry.readAt >= since) return true
    return this.#writes.isOfEpoch(entry.state) && (this.#writes.watch.current?.at ?? 0) >= since && now < entry.until
  }

  #hit(entry: Entry): WireAnswer {
    this.#hits++
    const { whole, readAt, readOn, state, settled } = entry
    const { current } = this.#writes.watch
    if (!current || !this.#writes.isOfEpoch(state))
      return new WireAnswer(whole, stateName(state, settled), momentText(readOn))
    return new WireAnswer(whole, stateName(current, settled), momentText(current.at > readAt ? current.on : readOn))
  }
}

const isAnswer = (kept: Kept): kept is Entry => 'whole' in kept

/** The symbols that an answer needs are those of its key. */
const bytesOf = (key: string, { bytes }: WireParts): number => ENTRY_BYTES + 4 * key.length + bytes

/** Whether two requests found the same tables. */
export const sameTables = (some: readonly unknown[], others: readonly unknown[]): boolean =>
  some.length === others.length && some.every((table, at) => table === others[at])
