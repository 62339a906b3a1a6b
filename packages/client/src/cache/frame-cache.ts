import type { FrameHeader, FrameTrailer, StateAnswer } from '@stockdb/contract/wire'
import { UNKNOWN_STATE } from '@stockdb/contract/wire'
import { errorOf } from '../errors.ts'
import type { IncomingBatch } from '../links/frame-reader.ts'
import type { HttpResponse } from '../links/http.ts'
import type { CheckedCache } from './cache-options.ts'
import type { FolderPart } from './folder.ts'
import { type PackedBatch, pack, unpack } from './packed-batch.ts'

/** Rough memory of an entry, of a batch and of a text besides their numbers. */
const ENTRY_BYTES = 1_024
const BATCH_BYTES = 256
const TEXT_BYTES = 32

/** The part of the memory that an answer may take which is read as a stream: it may have no end. */
const STREAM_SHARE = 1 / 8

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
  /** As of when it is, as far as is known without asking. */
  readonly asOf: string
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
  readonly #folder: FolderPart | undefined
  readonly #offline: boolean
  /** The one that was not used for longest is first. */
  readonly #entries = new Map<string, Entry>()
  #bytes = 0
  #checked: Check | undefined
  #checking: { readonly at: number; readonly done: Promise<void> } | undefined
  /** What was asked before is not kept. */
  #clearedAt = Number.NEGATIVE_INFINITY

  /** `ask` asks the server for the state of the database; `offline` gives answers without. */
  constructor(
    { maxBytes, maxAgeMs }: CheckedCache,
    ask: () => Promise<StateAnswer>,
    { folder, offline }: { readonly folder?: FolderPart | undefined; readonly offline: boolean },
  ) {
    this.#folder = folder
    this.#offline = offline
    this.#maxBytes = maxBytes
    this.#maxAgeMs = maxAgeMs
    this.#ask = ask
  }

  /** The answer, if it is proved to be true as of at most `maxAge` ago. Its columns are its caller's own. */
  find(key: string): IncomingBatch[] | undefined | Promise<IncomingBatch[] | undefined> {
    const entry = this.#entries.get(key)
    if (!entry) return this.#folder && this.#load(this.#folder, key)
    this.#entries.delete(key)
    this.#entries.set(key, entry)
    return this.#offline ? given(entry, entry.asOf) : this.#proved(entry)
  }

  /** The answer from the folder. Throws `UNREACHABLE` if it is not there and there is nobody to ask. */
  async #load(folder: FolderPart, key: string): Promise<IncomingBatch[] | undefined> {
    const clearedAt = this.#clearedAt
    const found = await folder.read(key)
    if (!found && this.#offline) throw notInFolder(key)
    // What the server said before a write says nothing of what it says after it.
    if (!found || clearedAt !== this.#clearedAt) return undefined
    const batches = found.batches.map((incoming) => ({ ...incoming, batch: pack(incoming.batch) }))
    const entry = { ...found, batches, bytes: sizeOfEntry(key, batches), askedAt: Number.NEGATIVE_INFINITY }
    if (this.#offline) {
      this.#add(key, entry)
      return given(entry, entry.asOf)
    }
    const proved = await this.#proved(entry)
    if (proved && clearedAt === this.#clearedAt) this.#add(key, entry)
    return proved
  }

  #proved(entry: Entry): IncomingBatch[] | undefined | Promise<IncomingBatch[] | undefined> {
    const since = performance.now() - this.#maxAgeMs
    if (entry.state === UNKNOWN_STATE) return entry.askedAt >= since ? given(entry, entry.asOf) : undefined
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
  keep(key: string, batches: readonly IncomingBatch[], response: HttpResponse, askedAt: number): void {
    // One that has no room is not even copied.
    if (response.state === undefined || (batches.at(-1)?.bytes ?? 0) > this.#maxBytes) return
    const own = batches.map((incoming) => ({ ...incoming, batch: pack(incoming.batch) }))
    this.#keep(key, own, response, askedAt)
  }

  /** Hands on an answer batch by batch, and keeps it if it is read to its end and not too long. */
  async *keepStream(
    key: string,
    batches: AsyncIterable<IncomingBatch>,
    response: HttpResponse,
    askedAt: number,
  ): AsyncGenerator<IncomingBatch, void, undefined> {
    let own: KeptBatch[] | undefined = response.state === undefined ? undefined : []
    let room = this.#maxBytes * STREAM_SHARE
    for await (const incoming of batches) {
      if (own) {
        // Copied first: its reader may change the columns.
        const batch = pack(incoming.batch)
        room -= sizeOf(batch)
        if (room < 0) own = undefined
        else own.push({ ...incoming, batch })
      }
      yield incoming
    }
    if (own) this.#keep(key, own, response, askedAt)
  }

  #keep(key: string, batches: readonly KeptBatch[], { state, cachedAsOf }: HttpResponse, askedAt: number): void {
    if (state === undefined || askedAt < this.#clearedAt) return
    const askedOn = new Date(Date.now() - (performance.now() - askedAt)).toISOString()
    const asOf = cachedAsOf ?? askedOn
    // One from the memory of the server is as old as that says by its own clock, so that it is for `offline` alone.
    const provedAt = state === UNKNOWN_STATE && cachedAsOf ? Number.NEGATIVE_INFINITY : askedAt
    this.#add(key, { batches, bytes: sizeOfEntry(key, batches), state, askedAt: provedAt, asOf })
    this.#folder?.write(key, state, asOf, batches)
  }

  /** An answer that is no frame. The server has it in memory, so it is always asked; the folder has it for `offline`. */
  async json<Answer>(key: string, ask: () => Promise<Answer>): Promise<Answer> {
    if (!this.#offline) {
      const answer = await ask()
      this.#folder?.keepJson(key, answer)
      return answer
    }
    const found = await this.#folder?.readJson(key)
    if (found === undefined) throw notInFolder(key)
    // As the server gave it to the same call.
    return found as Answer
  }

  #add(key: string, entry: Entry): void {
    this.#drop(key)
    if (entry.bytes > this.#maxBytes) return
    this.#entries.set(key, entry)
    this.#bytes += entry.bytes
    for (const oldest of this.#entries.keys()) {
      if (this.#bytes <= this.#maxBytes) break
      this.#drop(oldest)
    }
  }

  /** Forgets everything: this client wrote, or learned of a write. */
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

  /** Asks the server, once for all calls of the same moment, or for those for which a running check is new enough. */
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

const notInFolder = (key: string) =>
  errorOf('UNREACHABLE', `offline: the cache folder has no answer to ${key}; ask once without offline`)

const sizeOfEntry = (key: string, batches: readonly KeptBatch[]): number =>
  batches.reduce((sum, { batch }) => sum + sizeOf(batch), ENTRY_BYTES + 2 * key.length)

function sizeOf({ vectors, memory }: PackedBatch): number {
  let size = BATCH_BYTES + memory.byteLength
  for (const vector of vectors) {
    if (vector.type === 'symbol') size += vector.dictionary.length * TEXT_BYTES
    if (vector.type === 'text') size += vector.values.length * TEXT_BYTES
  }
  return size
}
