/** The period over which the share of refused calls is measured. */
const WINDOW_MS = 250
/**
 * Overload ends below the first share of refusals. Above the second, nothing queues: the next call arrives before a
 * free slot is missed.
 */
const OVER = 0.1
const HEAVY = 0.6
/** A queue longer than this multiple of the slots is not a burst, and gets less time. */
const LONG = 12
const LONG_SHARE = 1 / 2

/**
 * Tells a burst from overload by the queue for a number of slots.
 *
 * A burst is a queue that empties: after a pause of the process or the database, many calls come at once. All of them
 * are served, so nothing is refused at a load that can be served. A queue whose first waiter has waited long is
 * overload: every call then waits for the whole queue without any benefit, so the queue is kept short. Under
 * heavy overload there is none, because a new call comes as soon as a slot is free. Overload ends when hardly anything
 * is refused.
 */
export class Overload {
  readonly #slots: number
  readonly #burstMs: number
  #on = false
  #share = 0
  #windowSince = 0
  #taken = 0
  #refused = 0

  /** `burstMs` is how long a waiter may wait while the queue is longer than there are slots. */
  constructor(slots: number, burstMs: number) {
    this.#slots = slots
    this.#burstMs = burstMs
  }

  /** The allowed queue length, while `waiting` calls queue and the first has waited `oldestMs`. */
  allowed(now: number, waiting: number, oldestMs: number): number {
    this.#look(now)
    if (!this.#on) {
      const stands = waiting >= this.#slots && oldestMs > this.#burstMs
      const grows = waiting >= this.#slots * LONG && oldestMs > this.#burstMs * LONG_SHARE
      if (!stands && !grows) return Number.POSITIVE_INFINITY
      this.#on = true
      this.#begin(now)
    }
    return this.#share > HEAVY ? 0 : this.#slots
  }

  /** Whether there is overload, as far as is known since the last call. */
  get on(): boolean {
    return this.#on
  }

  /** The share of calls that were refused. */
  get share(): number {
    return this.#on ? this.#share : 0
  }

  took(): void {
    this.#taken++
  }

  refused(): void {
    this.#refused++
  }

  #look(now: number): void {
    if (!this.#on || now - this.#windowSince < WINDOW_MS) return
    const calls = this.#taken + this.#refused
    this.#share = calls === 0 ? 0 : this.#refused / calls
    // The second of two windows may have no calls.
    if (this.#share < OVER || now - this.#windowSince > 2 * WINDOW_MS) this.#on = false
    this.#begin(now)
  }

  #begin(now: number): void {
    this.#windowSince = now
    this.#taken = 0
    this.#refused = 0
  }
}
