import { StockdbError } from '@stockdb/contract/wire'
import { Permit } from './permit.ts'
import type { Pressure } from './pressure.ts'
import { Rate } from './rate.ts'
import { type Load, Semaphore } from './semaphore.ts'
import type { Bounds } from './settings.ts'

/** What one caller has in progress. Callers with nothing in progress are forgotten. */
interface CallerLoad {
  calls: number
  bytes: number
}

/** What is known of a call from its head alone. */
export interface CallRequest {
  /** A token's name, or an address. */
  readonly caller: string
  /** Calls in the request; several when it is batched. */
  readonly calls: number
  /** The maximum size of its body. */
  readonly bodyBytes: number
  readonly subscription: boolean
  /** Whether it must get through under overload: operations of the server itself. */
  readonly exempt: boolean
}

/** The counts that admission is based on, for metrics. */
export interface AdmissionState {
  readonly calls: number
  readonly bytes: number
  readonly callers: number
  readonly subscriptions: number
  readonly heavy: Load
  readonly refused: Readonly<Record<'RATE_LIMITED' | 'OVERLOADED', number>>
}

/** Retry delay of a caller that has too much in progress, which may take longer than a queue. */
const RETRY_LATER_MS = 1_000

/** Why a call is refused, and when to retry. */
export interface Refusal {
  readonly code: 'RATE_LIMITED' | 'OVERLOADED'
  readonly message: string
  readonly retryAfterMs: number
}

/**
 * Decides whether a call may start, before any work is done and in constant time. Refuses what exceeds one caller's
 * limits with `RATE_LIMITED`, and what exceeds the server's with `OVERLOADED`.
 */
export class Admission implements AdmissionState {
  readonly #bounds: Bounds
  readonly #pressure: Pressure
  readonly #database: Load
  readonly #rate: Rate
  readonly #callers = new Map<string, CallerLoad>()
  readonly #heavySlots: Semaphore
  readonly #refused = { RATE_LIMITED: 0, OVERLOADED: 0 }
  #calls = 0
  #bytes = 0
  #subscriptions = 0

  constructor(bounds: Bounds, pressure: Pressure, database: Load) {
    this.#bounds = bounds
    this.#pressure = pressure
    this.#database = database
    this.#rate = new Rate(bounds.maxRate)
    const { queueLength, queueWaitMs, queueBurstMs } = bounds
    this.#heavySlots = new Semaphore({
      // One connection is always left for light calls.
      limit: Math.min(bounds.maxHeavyCalls, Math.max(1, database.limit - 1)),
      queueLength,
      queueWaitMs,
      queueBurstMs,
      what: 'a place among the heavy calls',
      shared: true,
    })
  }

  get calls(): number {
    return this.#calls
  }

  get bytes(): number {
    return this.#bytes
  }

  get callers(): number {
    return this.#callers.size
  }

  get subscriptions(): number {
    return this.#subscriptions
  }

  get heavy(): Load {
    return this.#heavySlots
  }

  get refused(): AdmissionState['refused'] {
    return this.#refused
  }

  /** Why there is no room for so many more calls of a caller; `undefined` if there is. Counts them as refused. */
  turnsAway(caller: string, calls: number, exempt: boolean): Refusal | undefined {
    const { maxCalls, maxCallsPerCaller } = this.#bounds
    const own = this.#callers.get(caller)?.calls ?? 0
    if (own + calls > maxCallsPerCaller)
      return this.#count(
        'RATE_LIMITED',
        `more than ${maxCallsPerCaller} concurrent calls of one caller`,
        RETRY_LATER_MS,
      )
    if (this.#calls + calls > maxCalls)
      return this.#count('OVERLOADED', `more than ${maxCalls} concurrent calls`, RETRY_LATER_MS)
    if (exempt || own < this.#fairShare(own)) return undefined
    const retryAfterMs = this.#database.turnsAway()
    if (retryAfterMs === undefined) return undefined
    return this.#count('OVERLOADED', 'calls arrive faster than the database answers', retryAfterMs)
  }

  /** Calls that one caller may always have in progress: its share of those that the database works on. */
  #fairShare(own: number): number {
    return Math.floor(this.#database.limit / (this.#callers.size + (own === 0 ? 1 : 0)))
  }

  /** Admits a call, or throws `RATE_LIMITED` or `OVERLOADED` with the time after which to retry. */
  enter(intent: CallRequest): Permit {
    const { caller, calls, bodyBytes, subscription, exempt } = intent
    const bounds = this.#bounds
    const waitMs = this.#rate.take(caller, calls)
    if (waitMs !== undefined)
      throw this.#refuse('RATE_LIMITED', `more than ${bounds.maxRate} calls in a second`, waitMs)
    const full = this.turnsAway(caller, calls, exempt)
    if (full) throw new StockdbError(full.code, full.message, full)
    const load = this.#callers.get(caller) ?? { calls: 0, bytes: 0 }
    if (load.bytes + bodyBytes > bounds.maxBytesInFlightPerCaller)
      throw this.#refuse('RATE_LIMITED', 'one caller’s requests and answers hold too much memory')
    if (bodyBytes > 0 && this.#bytes + bodyBytes > bounds.maxBytesInFlight)
      throw this.#refuse('OVERLOADED', 'requests and answers hold too much memory')
    if (subscription && this.#subscriptions >= bounds.maxSubscriptions)
      throw this.#refuse('OVERLOADED', `more than ${bounds.maxSubscriptions} concurrent subscriptions`)

    this.#callers.set(caller, load)
    load.calls += calls
    this.#calls += calls
    if (subscription) this.#subscriptions++
    return new Permit(
      {
        count: (bytes) => {
          load.bytes += bytes
          this.#bytes += bytes
        },
        enterHeavy: (signal) => this.#enterHeavy(signal, caller),
        leaveHeavy: () => this.#heavySlots.release(caller),
        leave: () => {
          load.calls -= calls
          this.#calls -= calls
          if (load.calls === 0) this.#callers.delete(caller)
          if (subscription) this.#subscriptions--
        },
      },
      bodyBytes,
    )
  }

  async #enterHeavy(signal: AbortSignal, caller: string): Promise<void> {
    const { reason } = this.#pressure
    if (reason !== undefined) throw this.#refuse('OVERLOADED', `${reason}; only small calls are accepted`)
    if (this.#bytes > this.#bounds.maxBytesInFlight)
      throw this.#refuse('OVERLOADED', 'answers in progress hold too much memory; only small calls are accepted')
    try {
      await this.#heavySlots.acquire(signal, caller)
    } catch (error) {
      if (error instanceof StockdbError && error.code === 'OVERLOADED') this.#refused.OVERLOADED++
      throw error
    }
  }

  #refuse(code: Refusal['code'], message: string, retryAfterMs = RETRY_LATER_MS): StockdbError {
    return new StockdbError(code, message, this.#count(code, message, retryAfterMs))
  }

  #count(code: Refusal['code'], message: string, retryAfterMs: number): Refusal {
    this.#refused[code]++
    return { code, message, retryAfterMs }
  }
}
