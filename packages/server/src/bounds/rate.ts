import { type SharedCaller, type SharedLoad, unsharedLoad } from './shared-load.ts'

const SECOND_MS = 1_000

interface Window {
  readonly since: number
  readonly shared: SharedCaller
  calls: number
}

/** Counts the calls of each caller per second, which starts with its first call. Idle callers are forgotten. */
export class Rate {
  readonly #limit: number
  readonly #shared: SharedLoad
  readonly #windows = new Map<string, Window>()
  #sweptAt = performance.now()

  /** `limit` is the number of calls per caller and second. */
  constructor(limit: number, shared: SharedLoad = unsharedLoad) {
    this.#limit = limit
    this.#shared = shared
  }

  /** Counts calls if they are allowed; otherwise returns the milliseconds after which to retry. */
  take(caller: string, calls: number): number | undefined {
    const now = performance.now()
    this.#sweep(now)
    const known = this.#windows.get(caller)
    const window =
      known && now - known.since < SECOND_MS ? known : { since: now, calls: 0, shared: this.#shared.callerOf(caller) }
    const { shared } = window
    const tooMany = (): boolean => window.calls + shared.rateElsewhere > this.#limit
    window.calls += calls
    shared.publishRate(window.since, window.calls)
    if (tooMany()) {
      window.calls -= calls
      shared.publishRate(window.since, window.calls)
      return Math.ceil(window.since + SECOND_MS - now)
    }
    if (window !== known) this.#windows.set(caller, window)
    return undefined
  }

  #sweep(now: number): void {
    if (now - this.#sweptAt < SECOND_MS) return
    this.#sweptAt = now
    for (const [caller, { since }] of this.#windows) if (now - since >= SECOND_MS) this.#windows.delete(caller)
  }
}
