import { untilAborted } from '../until-aborted.ts'

/** Threads of Node for work that takes long, which files and DNS use too. */
const NODE_THREADS = Number(process.env.UV_THREADPOOL_SIZE) || 4

/**
 * Lets so many statements work at once that one thread of Node stays free: each step of a DuckDB statement takes a thread
 * until it is done, and files, DNS and pings would wait behind them.
 */
class Threads {
  #free = Math.max(1, NODE_THREADS - 1)
  readonly #waiting: (() => void)[] = []

  /** Does some work on a thread, as soon as there is one. The signal ends the wait for it. */
  async run<Result>(work: () => Promise<Result>, signal: AbortSignal): Promise<Result> {
    signal.throwIfAborted()
    if (this.#free > 0) this.#free--
    else await this.#wait(signal)
    try {
      return await work()
    } finally {
      const next = this.#waiting.shift()
      if (next) next()
      else this.#free++
    }
  }

  async #wait(signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#waiting.push(resolve)
    try {
      await untilAborted(promise, signal)
    } catch (error) {
      const at = this.#waiting.indexOf(resolve)
      if (at >= 0) this.#waiting.splice(at, 1)
      // The thread was handed over in the same moment: it goes on to the next one.
      else this.#handOn()
      throw error
    }
  }

  #handOn(): void {
    const next = this.#waiting.shift()
    if (next) next()
    else this.#free++
  }
}

/** The threads of this process. */
export const threads = new Threads()
