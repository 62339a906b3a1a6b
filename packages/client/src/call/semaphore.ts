import { untilAborted } from './abort.ts'

/** Limits concurrency; further calls wait in FIFO order. */
export class Semaphore {
  readonly #permits: number
  readonly #waiting = new Set<() => void>()
  #taken = 0

  constructor(permits: number) {
    this.#permits = permits
  }

  /** Runs `act` once a permit is free. Rejects with the signal's reason when it fires first. */
  async run<Result>(signal: AbortSignal, act: () => Promise<Result>): Promise<Result> {
    if (this.#taken < this.#permits) this.#taken++
    else await this.#permit(signal)
    try {
      return await act()
    } finally {
      const [next] = this.#waiting
      // The permit passes to the next call, so that no newcomer takes it first.
      if (next) next()
      else this.#taken--
    }
  }

  #permit(signal: AbortSignal): Promise<void> {
    return untilAborted(signal, (resolve) => {
      this.#waiting.add(resolve)
      return () => this.#waiting.delete(resolve)
    })
  }
}
