import { StockdbError } from '@stockdb/contract/wire'
import { untilAborted } from '../engine/until-aborted.ts'
import type { Basis } from './blocks/blocks.ts'
import { LongAnswer, type WireParts } from './wire-answer.ts'

/** What was read, and as of when it is if blocks were used. */
export interface Flown {
  readonly result: WireParts | LongAnswer
  readonly basis?: Basis
}

/** One read for all who ask for the same at the same time. It goes on until the last of them leaves. */
export class Flight {
  /** Before the database is read. */
  readonly startedAt = performance.now()
  readonly startedOn = Date.now()
  readonly #over = new AbortController()
  readonly #result: Promise<Flown>
  #waiting = 0
  #settled = false
  #taken = false

  /** `read` gets the flight for the moment at which it began. */
  constructor(read: (signal: AbortSignal, flight: Flight) => Promise<Flown>) {
    this.#result = read(this.#over.signal, this).finally(() => {
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
  async join(signal: AbortSignal): Promise<Flown | undefined> {
    this.#waiting++
    try {
      const flown = await untilAborted(this.#result, signal)
      if (!(flown.result instanceof LongAnswer)) return flown
      if (this.#taken) return undefined
      this.#taken = true
      // From here on it is the answer of this caller.
      signal.addEventListener('abort', () => this.#over.abort(signal.reason))
      return flown
    } finally {
      this.#waiting--
      if (this.#waiting === 0 && !this.#taken) this.#end()
    }
  }

  /** The last caller has left: a read that still goes on is not wanted, and a long answer that nobody took is released. */
  #end(): void {
    if (!this.#settled) this.#over.abort(new StockdbError('CANCELLED', 'all callers have left'))
    const release = async ({ result }: Flown): Promise<void> => {
      if (result instanceof LongAnswer) await result.rest.return?.()
    }
    this.#result.then(release).catch(() => {})
  }
}
