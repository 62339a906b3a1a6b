import { setTimeout as sleep } from 'node:timers/promises'
import type { Change } from '@stockdb/contract/wire'
import type { Engine } from '../engine/engine.ts'
import type { EngineLog } from '../engine/observer.ts'
import { readChanges, readEnds } from '../engine/read-changes.ts'
import { onBehalfOf } from '../telemetry/running-call.ts'
import { ChangeMemory } from './change-memory.ts'
import { requireOwnTables } from './require-own-tables.ts'
import { type Emit, eventFor, type Listener, Topics } from './topics.ts'

/** How often the database is asked for what other processes wrote, while anyone listens. */
const POLL_MS = 500
/** Changes of one read: of what is new, and for a listener who is far behind. */
const PAGE = 200
const PAGE_BEHIND = 10

export interface Listening {
  readonly dataset: string
  readonly symbols: readonly string[] | undefined
  /** The number after which to go on; by default later ones only. */
  readonly since: number | undefined
  readonly signal: AbortSignal
  /** Takes the events in turn. After it returned false, the next one waits for {@link onRoom}. */
  readonly emit: Emit
  /** Sets what is called each time there is room again. */
  onRoom(act: () => void): void
}

/**
 * Tells listeners what was written, in the order of commits. All of them share one poll, and those to the same symbols the same
 * events. A listener who is slow is only a position: its changes are read again, from memory or from the database, when it
 * has room. What this process writes is sent at once.
 */
export class ChangeFeed {
  readonly #engine: Engine
  readonly #log: EngineLog
  readonly #topics = new Topics()
  readonly #listeners = new Set<Listener>()
  #memory = new ChangeMemory(0)
  #polling: AbortController | undefined
  #wake: () => void = () => {}

  constructor(engine: Engine, log: EngineLog) {
    this.#engine = engine
    this.#log = log
    engine.onCommit(() => this.#wake())
  }

  /**
   * Tells the changes of a dataset until the signal fires, and throws its reason; the first event says from where on it listens.
   */
  async listen({ dataset, symbols, since, signal, emit, onRoom }: Listening): Promise<never> {
    await requireOwnTables(this.#engine, signal)
    const { last, oldest } = await readEnds(this.#engine, signal)
    signal.throwIfAborted()
    const known = since === undefined || (since <= last && since >= (oldest ?? last + 1) - 1)
    const { promise: failed, reject } = Promise.withResolvers<never>()
    const topic = this.#topics.join(dataset, symbols)
    const cursor = known ? (since ?? last) : last
    const listener: Listener = { topic, emit, fail: reject, cursor, reading: false, left: false }
    this.#listeners.add(listener)
    this.#start(last)
    const onAbort = (): void => reject(signal.reason)
    signal.addEventListener('abort', onAbort)
    onRoom(() => this.#advance(listener))
    try {
      if (emit({ ...nothing(dataset, cursor), complete: known, ready: true })) this.#advance(listener)
      return await failed
    } catch (error) {
      throw signal.aborted ? signal.reason : error
    } finally {
      signal.removeEventListener('abort', onAbort)
      listener.left = true
      topic.upToDate.delete(listener)
      this.#topics.leave(topic)
      this.#listeners.delete(listener)
    }
  }

  stop(): void {
    this.#polling?.abort()
    this.#polling = undefined
  }

  /** Sends a listener the events that it lacks, as far as it has room; one that has all of them then gets later ones. */
  #advance(listener: Listener): void {
    while (!listener.left && !listener.reading) {
      const due = this.#memory.after(listener.cursor)
      if (!due) return void this.#readFor(listener)
      if (due.length === 0) {
        listener.topic.upToDate.add(listener)
        return
      }
      if (!emitAll(listener, due)) return
    }
  }

  /** Tells a listener the next changes that are no longer in memory. */
  async #readFor(listener: Listener): Promise<void> {
    const after = listener.cursor
    const memory = this.#memory
    listener.reading = true
    try {
      // It may be shared, and so must not end with the listener who asks first.
      const signal = this.#polling?.signal ?? AbortSignal.abort()
      const due = await memory.page(after, () =>
        readChanges(this.#engine, { since: after, limit: PAGE_BEHIND }, signal),
      )
      listener.reading = false
      if (memory !== this.#memory) {
        // Others have been told meanwhile that changes were lost; what was read may be of the same history as before.
        if (!emitLost(listener, this.#memory.last)) return
      } else if (due.length === 0) {
        // They were forgotten meanwhile. What is in memory goes on after a gap.
        listener.cursor = this.#memory.last
        if (!emitLost(listener, listener.cursor)) return
      } else if (!emitAll(listener, due)) return
      this.#advance(listener)
    } catch (error) {
      listener.fail(error)
    }
  }

  #start(last: number): void {
    if (this.#polling) return
    this.#memory = new ChangeMemory(last)
    const polling = new AbortController()
    this.#polling = polling
    // On behalf of nobody: it outlives the call that began it.
    onBehalfOf(undefined, () => void this.#poll(polling.signal))
  }

  async #poll(signal: AbortSignal): Promise<void> {
    let failed = false
    while (!signal.aborted && this.#listeners.size > 0) {
      const woken = new Promise<void>((resolve) => {
        this.#wake = resolve
      })
      try {
        await this.#read(signal)
        failed = false
      } catch (error) {
        if (!failed && !signal.aborted) this.#log.warn({ err: error }, 'cannot read what was written; trying again')
        failed = true
      }
      const late = new AbortController()
      await Promise.race([woken, sleep(POLL_MS, undefined, { signal: late.signal }).catch(() => {})])
      late.abort()
    }
    if (this.#polling?.signal !== signal) return
    this.#polling = undefined
    this.#memory = new ChangeMemory(this.#memory.last)
  }

  async #read(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const { last } = this.#memory
      // With the last known one, which shows whether the history is still the same.
      const found = await readChanges(this.#engine, { since: last - 1, limit: PAGE }, signal)
      if (found[0]?.sequence === last && this.#memory.endsWith(found[0])) {
        found.shift()
        if (found.length === 0) return
      }
      if (found[0]?.sequence !== last + 1) {
        const reached = await this.#endOfOther(last, found[0], signal)
        if (reached !== undefined) this.#lose(reached)
        return
      }
      for (const change of found) this.#emit(change)
      if (found.length < PAGE - 1) return
    }
  }

  /** The last number of another history, where this one has ended: `first` is not the change that should come next. */
  async #endOfOther(last: number, first: Change | undefined, signal: AbortSignal): Promise<number | undefined> {
    const ends = await readEnds(this.#engine, signal)
    if (first || ends.last < last) return ends.last
    if (ends.last === last) return undefined
    // One may have been written just now.
    const [next] = await readChanges(this.#engine, { since: last, limit: 1 }, signal)
    return next?.sequence === last + 1 ? undefined : ends.last
  }

  /**
   * The changes after the last known one are gone: they were forgotten before they could be read, or the database is another one, or
   * was restored from a backup. All listeners are told, and go on from this number.
   */
  #lose(last: number): void {
    this.#memory = new ChangeMemory(last)
    for (const listener of this.#listeners) {
      listener.topic.upToDate.delete(listener)
      // It learns of it with what it reads.
      if (listener.reading) continue
      if (emitLost(listener, last)) this.#advance(listener)
    }
  }

  #emit(change: Change): void {
    this.#memory.add(change)
    for (const [topic, event] of this.#topics.eventsOf(change))
      for (const listener of topic.upToDate) {
        // It began after this change, which was read later.
        if (event.sequence <= listener.cursor || listener.emit(event)) continue
        topic.upToDate.delete(listener)
        listener.cursor = event.sequence
      }
  }
}

/** Returns false as soon as there is no more room. */
function emitAll(listener: Listener, changes: readonly Change[]): boolean {
  for (const change of changes) {
    if (change.sequence > listener.cursor + 1 && !emitLost(listener, change.sequence - 1)) return false
    listener.cursor = change.sequence
    const event = eventFor(listener.topic, change)
    if (event && !listener.emit(event)) return false
  }
  return true
}

/** Numbers have no gaps: the changes up to this one were forgotten while the listener was behind. */
function emitLost(listener: Listener, sequence: number): boolean {
  listener.cursor = sequence
  return listener.emit({ ...nothing(listener.topic.dataset, sequence), complete: false })
}

const nothing = (dataset: string, sequence: number): Change => ({
  ...{ sequence, dataset, start: null, end: null, symbols: null },
  ...{ inserted: 0, changed: 0, unchanged: 0, deleted: 0, by: '', at: '' },
})
