import { EventEmitter, once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Change, ChangeEvent } from '@stockdb/contract/wire'
import type { Engine } from '../engine/engine.ts'
import type { EngineLog } from '../engine/observer.ts'
import { readChanges, readEnds } from '../engine/read-changes.ts'
import { onBehalfOf } from '../telemetry/running-call.ts'
import { requireOwnTables } from './require-own-tables.ts'

/** How often the database is asked for what other processes wrote, while anyone listens. */
const POLL_MS = 500
/** Changes that are kept for listeners who take them a little later; others read them from the database. */
const REMEMBERED = 1_000
/** Changes of one read. */
const PAGE = 200

export interface Listening {
  readonly dataset: string
  readonly symbols: readonly string[] | undefined
  /** The number after which to go on; by default later ones only. */
  readonly since: number | undefined
  readonly signal: AbortSignal
}

/**
 * Tells listeners what was written, in the order of commits. All of them share one poll and one list of recent changes, so that a
 * slow listener holds no memory of its own. What this process writes is told at once.
 */
export class ChangeFeed {
  readonly #engine: Engine
  readonly #log: EngineLog
  readonly #emitter = new EventEmitter().setMaxListeners(0)
  #recent: Change[] = []
  /** Up to where `#recent` goes on without a gap. */
  #last: number | undefined
  #listeners = 0
  #polling: AbortController | undefined
  #wake: () => void = () => {}

  constructor(engine: Engine, log: EngineLog) {
    this.#engine = engine
    this.#log = log
    engine.onCommit(() => this.#wake())
  }

  /** The changes of a dataset; the first event says from where on it listens. Throws the signal's reason when it fires. */
  async *listen({ dataset, symbols, since, signal }: Listening): AsyncGenerator<ChangeEvent, void, undefined> {
    await requireOwnTables(this.#engine, signal)
    const { last, oldest } = await readEnds(this.#engine, signal)
    const known = since === undefined || (since <= last && since >= (oldest ?? last + 1) - 1)
    let cursor = known ? (since ?? last) : last
    const wanted = symbols && new Set(symbols)
    this.#listeners++
    this.#start(last)
    try {
      yield { ...nothing(dataset, cursor), complete: known, ready: true }
      while (true) {
        signal.throwIfAborted()
        const due = await this.#after(cursor, signal)
        if (due.length === 0) {
          // Looked at again, because changes may have come while the promise above was on its way.
          if (this.#last === undefined || this.#last <= cursor) await once(this.#emitter, 'changes', { signal })
          continue
        }
        for (const change of due) {
          cursor = change.sequence
          const told = change.dataset === dataset ? narrowed(change, wanted) : undefined
          if (told) yield { ...told, complete: true }
          signal.throwIfAborted()
        }
      }
    } catch (error) {
      throw signal.aborted ? signal.reason : error
    } finally {
      this.#listeners--
    }
  }

  stop(): void {
    this.#polling?.abort()
    this.#polling = undefined
  }

  /** The next changes after a number, from memory if it goes back so far. */
  async #after(cursor: number, signal: AbortSignal): Promise<readonly Change[]> {
    if (this.#last === undefined || cursor >= this.#last) return []
    const [oldest] = this.#recent
    if (oldest && oldest.sequence <= cursor + 1) return this.#recent.filter(({ sequence }) => sequence > cursor)
    return readChanges(this.#engine, { since: cursor, limit: PAGE }, signal)
  }

  #start(last: number): void {
    if (this.#polling) return
    this.#recent = []
    this.#last = last
    const polling = new AbortController()
    this.#polling = polling
    // On behalf of nobody: it outlives the call that began it.
    onBehalfOf(undefined, () => void this.#poll(polling.signal))
  }

  async #poll(signal: AbortSignal): Promise<void> {
    let failed = false
    while (!signal.aborted && this.#listeners > 0) {
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
    if (this.#polling?.signal === signal) this.#polling = undefined
  }

  async #read(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const found = await readChanges(this.#engine, { since: this.#last ?? 0, limit: PAGE }, signal)
      if (found.length === 0) return
      this.#recent = [...this.#recent, ...found].slice(-REMEMBERED)
      this.#last = found.at(-1)?.sequence
      this.#emitter.emit('changes')
      if (found.length < PAGE) return
    }
  }
}

const nothing = (dataset: string, sequence: number): Change => ({
  ...{ sequence, dataset, start: null, end: null, symbols: null },
  ...{ inserted: 0, changed: 0, unchanged: 0, deleted: 0, by: '', at: '' },
})

/** A change as far as it is about these symbols; `undefined` if it is not. */
function narrowed(change: Change, wanted: ReadonlySet<string> | undefined): Change | undefined {
  if (!wanted || change.symbols === null) return change
  const symbols = change.symbols.filter((symbol) => wanted.has(symbol))
  return symbols.length > 0 ? { ...change, symbols } : undefined
}
