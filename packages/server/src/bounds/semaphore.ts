import { StockdbError } from '@stockdb/contract/wire'
import { Overload } from './overload.ts'
import type { SharedCount, SharedLoad } from './shared-load.ts'

export interface SemaphoreOptions {
  /** How many may hold a slot at once. */
  readonly limit: number
  /** How many may wait. */
  readonly queueLength: number
  /** How long one may wait. */
  readonly queueWaitMs: number
  /** How long the first waiter of a queue longer than `limit` may have waited before newcomers are refused. */
  readonly queueBurstMs: number
  /** What is waited for, for messages: `a database connection`. */
  readonly what: string
  /**
   * Whether the last free slot is reserved for a caller who holds none, so that no caller holds them all; off by default.
   * Then `release` must say whose slot it was.
   */
  readonly shared?: boolean
  /** A limit of all workers together, below which each has its own. */
  readonly all?: { readonly limit: number; readonly load: SharedLoad; readonly count: SharedCount }
  /** Who wants a slot, if `acquire` does not say. */
  readonly callerOf?: () => string
}

/** The load of a limited resource. */
export interface Load {
  readonly limit: number
  readonly inUse: number
  readonly waiting: number
  /** Whether more is asked for than there is, so that newcomers are refused. */
  readonly overloaded: boolean
  /**
   * If there is no room for a newcomer, the milliseconds after which to retry; counts it as refused. `usable` is the number of slots that are
   * used under overload, by default all.
   */
  shedLoad(usable?: number): number | undefined
}

interface Waiter {
  readonly line: Line
  readonly since: number
  readonly take: () => void
  readonly leave: (reason: unknown) => void
  next: Waiter | undefined
  previous: Waiter | undefined
}

/** The waiters of one caller, in order of arrival. */
interface Line {
  readonly caller: string
  waiting: number
  first: Waiter | undefined
  last: Waiter | undefined
}

/** A queue shrinks within milliseconds, and more slowly the more calls come. */
const RETRY_MS = 100
/** How often waiters look for slots that another worker has released. */
const LOOK_ELSEWHERE_MS = 25

/**
 * Limits concurrency to a number of slots, with a bounded queue. Callers take turns, each with its calls in FIFO order,
 * so a caller with few calls does not wait behind all calls of another. A waiter that leaves is removed at once.
 */
export class Semaphore implements Load {
  readonly limit: number
  readonly #options: SemaphoreOptions
  readonly #overload: Overload
  /** Waiting callers, in order of their turns. */
  readonly #lines = new Map<string, Line>()
  readonly #held = new Map<string, number>()
  #inUse = 0
  #waiting = 0
  #lookingElsewhere: NodeJS.Timeout | undefined

  constructor(options: SemaphoreOptions) {
    this.limit = options.limit
    this.#options = options
    this.#overload = new Overload(options.limit, options.queueBurstMs)
  }

  get inUse(): number {
    return this.#inUse
  }

  get waiting(): number {
    return this.#waiting
  }

  get overloaded(): boolean {
    return this.#overload.on
  }

  shedLoad(usable = this.limit): number | undefined {
    const now = performance.now()
    const allowed = this.#overload.allowed(now, this.#waiting, this.#waiting < this.limit ? 0 : this.#oldestMs(now))
    const room = this.#overload.on ? usable + Math.min(usable, allowed) : Number.POSITIVE_INFINITY
    if (this.#inUse + this.#waiting < room) return undefined
    this.#overload.refused()
    // Waiters that were admitted to a longer queue for a burst would now wait too long.
    while (this.#waiting > usable) this.#shed()
    return RETRY_MS * Math.round(1 / Math.max(0.1, 1 - this.#overload.share))
  }

  /**
   * Resolves with a slot; return it with `release`. Throws `OVERLOADED` if the queue is full or the wait too long, and
   * the signal's reason when it fires.
   */
  async acquire(signal: AbortSignal, caller = this.#options.callerOf?.() ?? ''): Promise<void> {
    signal.throwIfAborted()
    this.#overload.took()
    if (this.#mayTake(caller) && this.#claim()) {
      this.#take(caller)
      return
    }
    const { queueLength, queueWaitMs, what } = this.#options
    if (this.#waiting >= queueLength) throw new StockdbError('OVERLOADED', `too many calls are waiting for ${what}`)
    await new Promise<void>((resolve, reject) => {
      const settle = (): void => {
        clearTimeout(timer)
        signal.removeEventListener('abort', onAbort)
        this.#remove(waiter)
      }
      const waiter: Waiter = {
        line: this.#lineOf(caller),
        since: performance.now(),
        take: () => {
          settle()
          this.#take(caller)
          resolve()
        },
        leave: (reason) => {
          settle()
          reject(reason)
        },
        next: undefined,
        previous: undefined,
      }
      const onAbort = (): void => waiter.leave(signal.reason)
      const timer = setTimeout(
        () => waiter.leave(new StockdbError('OVERLOADED', `${what} did not become free within ${queueWaitMs} ms`)),
        queueWaitMs,
      )
      signal.addEventListener('abort', onAbort)
      this.#append(waiter)
    })
  }

  /** Returns a slot, and passes it to the next caller if anyone waits. */
  release(caller = ''): void {
    this.#inUse--
    this.#publish(this.#inUse)
    if (this.#options.shared) {
      const left = (this.#held.get(caller) ?? 1) - 1
      if (left > 0) this.#held.set(caller, left)
      else this.#held.delete(caller)
    }
    this.#serve()
  }

  #serve(): void {
    for (let next = this.#next(); next && this.#claim(); next = this.#next()) next.take()
  }

  #publish(inUse: number): void {
    const { all } = this.#options
    all?.load.publish(all.count, inUse)
  }

  /** Takes one of the slots of all workers, if one is free. */
  #claim(): boolean {
    const { all } = this.#options
    if (!all) return true
    this.#publish(this.#inUse + 1)
    if (this.#inUse + 1 + all.load.elsewhere(all.count) <= all.limit) return true
    this.#publish(this.#inUse)
    // It is not notified when they are released.
    this.#lookingElsewhere ??= setInterval(() => {
      this.#serve()
      if (this.#waiting > 0) return
      clearInterval(this.#lookingElsewhere)
      this.#lookingElsewhere = undefined
    }, LOOK_ELSEWHERE_MS).unref()
    return false
  }

  #mayTake(caller: string): boolean {
    if (this.#inUse >= this.limit) return false
    return !this.#options.shared || this.limit === 1 || this.#inUse < this.limit - 1 || !this.#held.has(caller)
  }

  #take(caller: string): void {
    this.#inUse++
    if (this.#options.shared) this.#held.set(caller, (this.#held.get(caller) ?? 0) + 1)
  }

  /** The next waiter: among those who may take a slot, the first of the caller who holds the fewest. */
  #next(): Waiter | undefined {
    if (this.#waiting === 0 || this.#inUse >= this.limit) return undefined
    let best: Line | undefined
    let fewest = Number.POSITIVE_INFINITY
    for (const line of this.#lines.values()) {
      if (!this.#options.shared) return line.first
      const held = this.#held.get(line.caller) ?? 0
      if (held < fewest && this.#mayTake(line.caller)) [best, fewest] = [line, held]
    }
    return best?.first
  }

  #oldestMs(now: number): number {
    let since = now
    for (const { first } of this.#lines.values()) if (first && first.since < since) since = first.since
    return now - since
  }

  /** Refuses the oldest waiter of the caller with the most waiters. */
  #shed(): void {
    let longest: Line | undefined
    for (const line of this.#lines.values()) if (line.waiting > (longest?.waiting ?? 0)) longest = line
    this.#overload.refused()
    longest?.first?.leave(
      new StockdbError('OVERLOADED', `too many calls are waiting for ${this.#options.what}`, {
        retryAfterMs: RETRY_MS,
      }),
    )
  }

  #lineOf(caller: string): Line {
    return this.#lines.get(caller) ?? { caller, waiting: 0, first: undefined, last: undefined }
  }

  #append(waiter: Waiter): void {
    const { line } = waiter
    this.#waiting++
    if (line.waiting++ === 0) this.#lines.set(line.caller, line)
    waiter.previous = line.last
    if (line.last) line.last.next = waiter
    else line.first = waiter
    line.last = waiter
  }

  #remove(waiter: Waiter): void {
    const { line } = waiter
    const served = line.first === waiter
    this.#waiting--
    line.waiting--
    if (waiter.previous) waiter.previous.next = waiter.next
    else line.first = waiter.next
    if (waiter.next) waiter.next.previous = waiter.previous
    else line.last = waiter.previous
    // One that has left must not keep those behind it in memory.
    waiter.previous = undefined
    waiter.next = undefined
    // That caller now comes last.
    if (line.waiting === 0 || served) this.#lines.delete(line.caller)
    if (line.waiting > 0 && served) this.#lines.set(line.caller, line)
  }
}
