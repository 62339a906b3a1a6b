import { StockdbError } from '@stockdb/contract/wire'
import { Permit } from './permit.ts'
import type { Pressure } from './pressure.ts'
import { Rate } from './rate.ts'
import { type Load, Semaphore } from './semaphore.ts'
import type { Bounds } from './settings.ts'

/** What one caller has under way. Callers without anything are not remembered. */
interface CallerLoad {
  calls: number
  bytes: number
}

/** What a call wants to do, known before anything of it was read but its head. */
export interface CallRequest {
  /** A token's name, or an address. */
  readonly caller: string
  /** Calls in the request; several when it is batched. */
  readonly calls: number
  /** The longest that its body can be. */
  readonly bodyBytes: number
  readonly subscription: boolean
  /** Whether it must get through when the database has more to do than it can: the server's own affairs. */
  readonly exempt: boolean
}

/** The counts that admission goes by, for metrics. */
export interface AdmissionState {
  readonly calls: number
  readonly bytes: number
  readonly callers: number
  readonly subscriptions: number
  readonly heavy: Load
  readonly refused: Readonly<Record<'RATE_LIMITED' | 'OVERLOADED', number>>
}

/** What callers have under way may take longer than a queue. */
const RETRY_LATER_MS = 1_000

/** What a call is told that there is no room for. */
export interface Refusal {
  readonly code: 'RATE_LIMITED' | 'OVERLOADED'
  readonly message: string
  readonly retryAfterMs: number
}

/**
 * Decides, before any work is done and in the same time however much is under way, whether a call may begin. What one
 * caller does too much of is refused with `RATE_LIMITED`, what all together do with `OVERLOADED`.
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
      // One connection is always left to light calls.
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

  /** Why so many more calls of a caller have no room just now, if they have none; counts them as refused then. */
  turnsAway(caller: string, calls: number, exempt: boolean): Refusal | undefined {
    const { maxCalls, maxCallsPerCaller } = this.#bounds
    const own = this.#callers.get(caller)?.calls ?? 0
    if (own + calls > maxCallsPerCaller)
      return this.#count('RATE_LIMITED', `more than ${maxCallsPerCaller} calls of one caller at once`, RETRY_LATER_MS)
    if (this.#calls + calls > maxCalls)
      return this.#count('OVERLOADED', `more than ${maxCalls} calls at once`, RETRY_LATER_MS)
    if (exempt || own < this.#fairShare(own)) return undefined
    const retryAfterMs = this.#database.turnsAway()
    if (retryAfterMs === undefined) return undefined
    return this.#count('OVERLOADED', 'calls come faster than the database answers', retryAfterMs)
  }

  /** Calls that one caller may have under way whatever others ask for: of those that the database works at, its part. */
  #fairShare(own: number): number {
    return Math.floor(this.#database.limit / (this.#callers.size + (own === 0 ? 1 : 0)))
  }

  /** Lets a call in, or throws `RATE_LIMITED` or `OVERLOADED` with the time after which to come again. */
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
      throw this.#refuse('OVERLOADED', `more than ${bounds.maxSubscriptions} subscriptions at once`)

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
    if (reason !== undefined) throw this.#refuse('OVERLOADED', `${reason}; only small calls are taken`)
    if (this.#bytes > this.#bounds.maxBytesInFlight)
      throw this.#refuse('OVERLOADED', 'answers under way hold too much memory; only small calls are taken')
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
