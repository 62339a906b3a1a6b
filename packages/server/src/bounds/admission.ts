import { StockdbError } from '@stockdb/contract/wire'
import { Concurrency } from './concurrency.ts'
import { Permit } from './permit.ts'
import type { Pressure } from './pressure.ts'
import { Rate } from './rate.ts'
import { type Load, Semaphore } from './semaphore.ts'
import type { Bounds } from './settings.ts'
import { type SharedCaller, type SharedLoad, unsharedLoad } from './shared-load.ts'
import type { Turn } from './turns.ts'

/** What one caller has in progress. Callers with nothing in progress are forgotten. */
interface CallerLoad {
  calls: number
  bytes: number
  subscriptions: number
  readonly shared: SharedCaller
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

/** One in so many subscriptions is kept for callers who have none: they last for an hour. */
const RESERVED_PART = 10

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
  readonly #shared: SharedLoad
  readonly #rate: Rate
  readonly #callers = new Map<string, CallerLoad>()
  readonly #heavySlots: Semaphore
  readonly #concurrency: Concurrency
  readonly #refused = { RATE_LIMITED: 0, OVERLOADED: 0 }
  #calls = 0
  #bytes = 0
  #subscriptions = 0

  /** The limits hold for all who publish to `shared`; the database is this worker's own. */
  constructor(bounds: Bounds, pressure: Pressure, database: Load, shared: SharedLoad = unsharedLoad) {
    this.#bounds = bounds
    this.#pressure = pressure
    this.#database = database
    this.#shared = shared
    this.#rate = new Rate(bounds.maxRate, shared)
    this.#concurrency = new Concurrency(database.limit)
    const { queueLength, queueWaitMs, queueBurstMs } = bounds
    this.#heavySlots = new Semaphore({
      // One connection is always left for light calls.
      limit: Math.min(bounds.maxHeavyCalls, Math.max(1, database.limit - 1)),
      queueLength,
      queueWaitMs,
      queueBurstMs,
      what: 'a heavy-call slot',
      shared: true,
      all: { limit: bounds.maxHeavyCalls, load: shared, count: 'heavy' },
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
  shedLoad(caller: string, calls: number, exempt: boolean): Refusal | undefined {
    const { maxCalls, maxCallsPerCaller } = this.#bounds
    const load = this.#callers.get(caller)
    const own = load?.calls ?? 0
    const { callsElsewhere } = load?.shared ?? this.#shared.callerOf(caller)
    if (own + callsElsewhere + calls > maxCallsPerCaller) return this.#tooManyOfCaller()
    if (this.#calls + this.#shared.elsewhere('calls') + calls > maxCalls) return this.#tooMany()
    const usable = this.#usable
    if (exempt || own < this.#fairShare(own, usable)) return undefined
    const retryAfterMs = this.#database.shedLoad(usable)
    if (retryAfterMs === undefined) return undefined
    return this.#count('OVERLOADED', 'calls arrive faster than they can be answered', retryAfterMs)
  }

  /** A turn of the event loop has ended in which calls arrived. */
  turned(turn: Turn): void {
    if (this.#database.overloaded) this.#concurrency.adapt(turn)
    else this.#concurrency.reset()
  }

  /** Connections that calls may use now. Those of heavy calls may wait for their readers. */
  get #usable(): number {
    const { limit, overloaded } = this.#database
    return overloaded ? Math.min(limit, this.#concurrency.value + this.#heavySlots.inUse) : limit
  }

  #tooManyOfCaller(): Refusal {
    const message = `more than ${this.#bounds.maxCallsPerCaller} concurrent calls of one caller`
    return this.#count('RATE_LIMITED', message, RETRY_LATER_MS)
  }

  #tooMany(): Refusal {
    return this.#count('OVERLOADED', `more than ${this.#bounds.maxCalls} concurrent calls`, RETRY_LATER_MS)
  }

  /** Calls that one caller may always have in progress: its share of those that are worked on, and one while there is a connection for each. */
  #fairShare(own: number, usable: number): number {
    const callers = this.#callers.size + (own === 0 ? 1 : 0)
    return Math.max(Math.floor(usable / callers), callers <= this.#database.limit ? 1 : 0)
  }

  /** Admits a call, or throws `RATE_LIMITED` or `OVERLOADED` with the time after which to retry. */
  enter(request: CallRequest): Permit {
    const { caller, calls, bodyBytes, subscription, exempt } = request
    const bounds = this.#bounds
    const waitMs = this.#rate.take(caller, calls)
    if (waitMs !== undefined)
      throw this.#refuse('RATE_LIMITED', `more than ${bounds.maxRate} calls in a second`, waitMs)
    const full = this.shedLoad(caller, calls, exempt)
    if (full) throw new StockdbError(full.code, full.message, full)
    const load = this.#callers.get(caller) ?? {
      calls: 0,
      bytes: 0,
      subscriptions: 0,
      shared: this.#shared.callerOf(caller),
    }
    if (load.bytes + load.shared.bytesElsewhere + bodyBytes > bounds.maxBytesInFlightPerCaller)
      throw this.#refuse('RATE_LIMITED', 'one caller’s requests and answers hold too much memory')
    if (bodyBytes > 0 && this.#allBytes + bodyBytes > bounds.maxBytesInFlight)
      throw this.#refuse('OVERLOADED', 'requests and answers hold too much memory')

    this.#callers.set(caller, load)
    this.#hold(caller, load, calls, subscription ? 1 : 0)
    const late = this.#overtaken(load, subscription)
    if (late) {
      this.#hold(caller, load, -calls, subscription ? -1 : 0)
      throw new StockdbError(late.code, late.message, late)
    }
    return new Permit(
      {
        count: (bytes) => {
          load.bytes += bytes
          this.#bytes += bytes
          this.#shared.publish('bytes', this.#bytes)
          load.shared.publish(load.calls, load.bytes)
        },
        enterHeavy: (signal) => this.#enterHeavy(signal, caller),
        leaveHeavy: () => this.#heavySlots.release(caller),
        leave: () => this.#hold(caller, load, -calls, subscription ? -1 : 0),
      },
      bodyBytes,
    )
  }

  #hold(caller: string, load: CallerLoad, calls: number, subscriptions: number): void {
    load.calls += calls
    load.subscriptions += subscriptions
    this.#calls += calls
    this.#subscriptions += subscriptions
    if (load.calls === 0) this.#callers.delete(caller)
    load.shared.publish(load.calls, load.bytes)
    this.#shared.publish('calls', this.#calls)
    if (subscriptions !== 0) this.#shared.publish('subscriptions', this.#subscriptions)
  }

  /** Another worker may have given the last place away at the same time. */
  #overtaken({ calls, subscriptions, shared }: CallerLoad, subscription: boolean): Refusal | undefined {
    const { maxCalls, maxCallsPerCaller, maxSubscriptions } = this.#bounds
    if (calls + shared.callsElsewhere > maxCallsPerCaller) return this.#tooManyOfCaller()
    if (this.#calls + this.#shared.elsewhere('calls') > maxCalls) return this.#tooMany()
    if (!subscription) return undefined
    const all = this.#subscriptions + this.#shared.elsewhere('subscriptions')
    if (all > maxSubscriptions)
      return this.#count('OVERLOADED', `more than ${maxSubscriptions} concurrent subscriptions`, RETRY_LATER_MS)
    if (subscriptions > 1 && all > maxSubscriptions - Math.ceil(maxSubscriptions / RESERVED_PART)) {
      const message = `nearly ${maxSubscriptions} concurrent subscriptions; the last places are for callers who have none`
      return this.#count('RATE_LIMITED', message, RETRY_LATER_MS)
    }
    return undefined
  }

  get #allBytes(): number {
    return this.#bytes + this.#shared.elsewhere('bytes')
  }

  async #enterHeavy(signal: AbortSignal, caller: string): Promise<void> {
    const { reason } = this.#pressure
    if (reason !== undefined) throw this.#refuse('OVERLOADED', `${reason}; only small calls are accepted`)
    if (this.#allBytes > this.#bounds.maxBytesInFlight)
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
