/** The share of calls that were refused is counted over so long. */
const WINDOW_MS = 250
/** Below this share of refusals overload is over; above the other one nobody waits: the next call comes before a free slot is missed. */
const OVER = 0.1
const HEAVY = 0.6
/** A queue so many times as long as there are slots is no burst, and is given less time. */
const LONG = 12
const LONG_SHARE = 1 / 2

/**
 * Tells a burst from overload, by the queue before a number of slots.
 *
 * A burst is a queue that empties: a pause of the process or of the database, after which many come at once. All of it is
 * served, so that nothing is refused at a load that can be served. A queue whose first waiter has waited for long is
 * overload: then all wait as long as the queue is, and waiting helps nobody. So the queue is kept short. Under heavy
 * overload there is none, because somebody comes as soon as a slot is free. Overload ends when hardly anybody is refused.
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

  /** How long the queue may be, at a time when it is `waiting` and its first waiter has waited for `oldestMs`. */
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

  /** Of all calls the share for which there is no room. */
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
    // Of two windows nobody may have asked in the second.
    if (this.#share < OVER || now - this.#windowSince > 2 * WINDOW_MS) this.#on = false
    this.#begin(now)
  }

  #begin(now: number): void {
    this.#windowSince = now
    this.#taken = 0
    this.#refused = 0
  }
}
