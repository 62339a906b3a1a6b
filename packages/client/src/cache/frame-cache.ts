import type { FrameHeader, FrameTrailer, StateAnswer } from '@stockdb/contract/wire'
import { UNTOLD_STATE } from '@stockdb/contract/wire'
import type { IncomingBatch } from '../links/frame-reader.ts'
import type { HttpResponse } from '../links/http.ts'
import type { CheckedCache } from './cache-options.ts'
import { type PackedBatch, pack, unpack } from './packed-batch.ts'

/** Rough memory of an entry, of a batch and of a text besides their numbers. */
const ENTRY_BYTES = 1_024
const BATCH_BYTES = 256
const TEXT_BYTES = 32

interface KeptBatch {
  readonly header: FrameHeader
  readonly batch: PackedBatch
  readonly bytes: number
  readonly trailer?: FrameTrailer
}

interface Entry {
  readonly batches: readonly KeptBatch[]
  readonly bytes: number
  /** The state of the database that its rows are of, as the server names it. */
  readonly state: string
  /** Before its request was sent. */
  readonly askedAt: number
  /** The same as wall-clock time. */
  readonly askedOn: number
}

/** What the server said last. */
interface Check {
  readonly state: string | null
  readonly asOf: string
  /** Before it was asked. */
  readonly at: number
}

/** Answers that the client keeps, and gives again while the server says that the database is in the same state. */
export class FrameCache {
  readonly #maxBytes: number
  readonly #maxAgeMs: number
  readonly #ask: () => Promise<StateAnswer>
  /** The one that was not used for longest is first. */
  readonly #entries = new Map<string, Entry>()
  #bytes = 0
  #checked: Check | undefined
  #checking: { readonly at: number; readonly done: Promise<void> } | undefined
  /** What was asked before is not kept. */
  #clearedAt = Number.NEGATIVE_INFINITY

  /** `ask` asks the server for the state of the database. */
  constructor({ maxBytes, maxAgeMs }: CheckedCache, ask: () => Promise<StateAnswer>) {
    this.#maxBytes = maxBytes
    this.#maxAgeMs = maxAgeMs
    this.#ask = ask
  }

  /** The answer, if it is proved to be true as of at most `maxAge` ago. Its columns are its caller's own. */
  find(key: string): IncomingBatch[] | undefined | Promise<IncomingBatch[] | undefined> {
    const entry = this.#entries.get(key)
    if (!entry) return undefined
    this.#entries.delete(key)
    this.#entries.set(key, entry)
    const since = performance.now() - this.#maxAgeMs
    if (entry.state === UNTOLD_STATE)
      return entry.askedAt >= since ? given(entry, new Date(entry.askedOn).toISOString()) : undefined
    const proved = (oldest: number): IncomingBatch[] | undefined => {
      const checked = this.#checked
      return checked && checked.at >= oldest && checked.state === entry.state ? given(entry, checked.asOf) : undefined
    }
    if (this.#checked && this.#checked.at >= since) return proved(since)
    const { at, done } = this.#check(since)
    // The call itself says what is wrong with the server.
    return done.then(
      () => proved(at),
      () => undefined,
    )
  }

  /** Keeps an answer, unless the server cannot say of which state it is. */
  keep(key: string, batches: readonly IncomingBatch[], { state, cachedAsOf }: HttpResponse, askedAt: number): void {
    // Of unknown age.
    if (state === undefined || (state === UNTOLD_STATE && cachedAsOf !== undefined)) return
    if (askedAt < this.#clearedAt) return
    const own = batches.map((incoming) => ({ ...incoming, batch: pack(incoming.batch) }))
    const bytes = ENTRY_BYTES + 2 * key.length + own.reduce((sum, { batch }) => sum + sizeOf(batch), 0)
    this.#drop(key)
    if (bytes > this.#maxBytes) return
    const askedOn = Date.now() - (performance.now() - askedAt)
    this.#entries.set(key, { batches: own, bytes, state, askedAt, askedOn })
    this.#bytes += bytes
    for (const oldest of this.#entries.keys()) {
      if (this.#bytes <= this.#maxBytes) break
      this.#drop(oldest)
    }
  }

  /** Forgets everything: this client wrote, or heard of a write. */
  clear(): void {
    this.#entries.clear()
    this.#bytes = 0
    this.#checked = undefined
    this.#checking = undefined
    this.#clearedAt = performance.now()
  }

  #drop(key: string): void {
    this.#bytes -= this.#entries.get(key)?.bytes ?? 0
    this.#entries.delete(key)
  }

  /** Asks the server, once for all calls of the same moment, or for those that a check on its way is new enough for. */
  #check(since: number): { readonly at: number; readonly done: Promise<void> } {
    const running = this.#checking
    if (running && (this.#maxAgeMs === 0 || running.at >= since)) return running
    const at = performance.now()
    const done = this.#ask().then(({ state, asOf }) => {
      if (at >= this.#clearedAt && (this.#checked?.at ?? 0) < at) this.#checked = { state, asOf, at }
    })
    const checking = { at, done }
    this.#checking = checking
    const over = (): void => {
      if (this.#checking === checking) this.#checking = undefined
    }
    const moment = this.#maxAgeMs === 0 ? Promise.resolve() : done
    moment.then(over, over)
    return checking
  }
}

function given({ batches }: Entry, asOf: string): IncomingBatch[] {
  return batches.map(({ header, batch, bytes, trailer }) => {
    const meta = { ...header.meta, cache: { from: 'client', asOf } } as const
    return { header: { fields: header.fields, meta }, batch: unpack(batch), bytes, ...(trailer ? { trailer } : {}) }
  })
}

function sizeOf({ vectors, memory }: PackedBatch): number {
  let size = BATCH_BYTES + memory.byteLength
  for (const vector of vectors) {
    if (vector.type === 'symbol') size += vector.dictionary.length * TEXT_BYTES
    if (vector.type === 'text') size += vector.values.length * TEXT_BYTES
  }
  return size
}
