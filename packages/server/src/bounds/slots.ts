import { StockdbError } from '@stockdb/contract'

export interface SlotOptions {
  /** How many may hold a slot at once. */
  readonly limit: number
  /** How many may wait. */
  readonly queueLength: number
  /** How long one may wait. */
  readonly queueWaitMs: number
  /** How long the queue may stand, never empty, before it counts as congested while it is longer than `limit`. */
  readonly queueBurstMs: number
  /** What is waited for, for messages: `a database connection`. */
  readonly what: string
}

/** How full something is. */
export interface Load {
  readonly limit: number
  readonly inUse: number
  readonly waiting: number
  /** Whether whoever comes now had better come later: the queue stands, and only gets longer. */
  readonly congested: boolean
}

interface Waiter {
  readonly take: () => void
  next: Waiter | undefined
  previous: Waiter | undefined
}

/**
 * A bounded number of slots and a bounded first-in-first-out queue before them. Who leaves while waiting leaves the
 * queue at once; every step takes the same time, however long the queue is.
 *
 * A queue that empties now and then is a burst and does no harm. One that stands is overload: then waiting helps nobody,
 * as all wait as long as the queue is, so that it is congested from `limit` waiters on.
 */
export class Slots implements Load {
  readonly limit: number
  readonly #options: SlotOptions
  #inUse = 0
  #waiting = 0
  #first: Waiter | undefined
  #last: Waiter | undefined
  #standingSince = 0

  constructor(options: SlotOptions) {
    this.limit = options.limit
    this.#options = options
  }

  get inUse(): number {
    return this.#inUse
  }

  get waiting(): number {
    return this.#waiting
  }

  get congested(): boolean {
    return this.#waiting >= this.limit && performance.now() - this.#standingSince >= this.#options.queueBurstMs
  }

  /**
   * Resolves with a slot, to be given back by `release`. Throws `OVERLOADED` when the queue is full or the wait too
   * long, and the signal's reason when it fires.
   */
  async acquire(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    if (this.#inUse < this.limit) {
      this.#inUse++
      return
    }
    const { queueLength, queueWaitMs, what } = this.#options
    if (this.#waiting >= queueLength) throw new StockdbError('OVERLOADED', `too many calls wait for ${what}`)
    await new Promise<void>((resolve, reject) => {
      const settle = (): void => {
        clearTimeout(timer)
        signal.removeEventListener('abort', onAbort)
      }
      const waiter: Waiter = {
        take: () => {
          settle()
          resolve()
        },
        next: undefined,
        previous: undefined,
      }
      const leave = (reason: unknown): void => {
        settle()
        this.#remove(waiter)
        reject(reason)
      }
      const onAbort = (): void => leave(signal.reason)
      const timer = setTimeout(
        () => leave(new StockdbError('OVERLOADED', `${what} did not become free within ${queueWaitMs} ms`)),
        queueWaitMs,
      )
      signal.addEventListener('abort', onAbort)
      this.#append(waiter)
    })
  }

  /** Gives a slot back: to the one that has waited longest, if anybody waits. */
  release(): void {
    const waiter = this.#first
    if (!waiter) {
      this.#inUse--
      return
    }
    this.#remove(waiter)
    waiter.take()
  }

  #append(waiter: Waiter): void {
    if (this.#waiting++ === 0) this.#standingSince = performance.now()
    waiter.previous = this.#last
    if (this.#last) this.#last.next = waiter
    else this.#first = waiter
    this.#last = waiter
  }

  #remove(waiter: Waiter): void {
    this.#waiting--
    if (waiter.previous) waiter.previous.next = waiter.next
    else this.#first = waiter.next
    if (waiter.next) waiter.next.previous = waiter.previous
    else this.#last = waiter.previous
  }
}
