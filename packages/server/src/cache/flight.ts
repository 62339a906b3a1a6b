import { StockdbError } from '@stockdb/contract/wire'
import { untilAborted } from '../engine/until-aborted.ts'
import { LongAnswer, type WireParts } from './wire-answer.ts'

/** One read for all who ask for the same at the same time. It goes on until the last of them leaves. */
export class Flight {
  /** Before the database is read. */
  readonly startedAt = performance.now()
  readonly startedOn = Date.now()
  readonly #over = new AbortController()
  readonly #result: Promise<WireParts | LongAnswer>
  #waiting = 0
  #settled = false
  #taken = false

  constructor(read: (signal: AbortSignal) => Promise<WireParts | LongAnswer>) {
    this.#result = read(this.#over.signal).finally(() => {
      this.#settled = true
    })
    // Everybody may have left.
    this.#result.catch(() => {})
  }

  /** Whether the last caller has left before the end: nobody can join any more. */
  get isOver(): boolean {
    return this.#over.signal.aborted
  }

  /** The answer; `undefined` if it is too long to be shared, and another caller has taken it. */
  async join(signal: AbortSignal): Promise<WireParts | LongAnswer | undefined> {
    this.#waiting++
    try {
      const result = await untilAborted(this.#result, signal)
      if (!(result instanceof LongAnswer)) return result
      if (this.#taken) return undefined
      this.#taken = true
      // From here on it is the answer of this caller.
      signal.addEventListener('abort', () => this.#over.abort(signal.reason))
      return result
    } finally {
      this.#waiting--
      if (this.#waiting === 0 && !this.#taken) this.#end()
    }
  }

  /** The last caller has left: a read that still goes on is not wanted, and a long answer that nobody took is released. */
  #end(): void {
    if (!this.#settled) this.#over.abort(new StockdbError('CANCELLED', 'all callers have left'))
    const release = async (result: WireParts | LongAnswer): Promise<void> => {
      if (result instanceof LongAnswer) await result.rest.return?.()
    }
    this.#result.then(release).catch(() => {})
  }
}
