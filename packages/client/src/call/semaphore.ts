import { untilAborted } from './abort.ts'

/** Limits concurrency to a number of slots; further calls wait in FIFO order. */
export class Semaphore {
  readonly limit: number
  readonly #waiting = new Set<() => void>()
  #inUse = 0

  constructor(limit: number) {
    this.limit = limit
  }

  /** Resolves with a slot; return it with `release`. Rejects with the signal's reason when it fires first. */
  acquire(signal: AbortSignal): Promise<void> {
    if (this.#tryAcquire()) return Promise.resolve()
    return untilAborted(signal, (resolve) => {
      this.#waiting.add(resolve)
      return () => this.#waiting.delete(resolve)
    })
  }

  /** Returns a slot, and passes it to the next call if any waits, so that no newcomer takes it first. */
  release(): void {
    const [next] = this.#waiting
    if (next) next()
    else this.#inUse--
  }

  /** Runs `act` in a slot, immediately if one is free. */
  async run<Result>(signal: AbortSignal, act: () => Promise<Result>): Promise<Result> {
    if (!this.#tryAcquire()) await this.acquire(signal)
    try {
      return await act()
    } finally {
      this.release()
    }
  }

  #tryAcquire(): boolean {
    if (this.#inUse >= this.limit) return false
    this.#inUse++
    return true
  }
}
