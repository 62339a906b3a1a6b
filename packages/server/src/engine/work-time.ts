/**
 * Measures the time that a database works, excluding the time of its reader. The database's own limits
 * (MAX_EXECUTION_TIME, max_statement_time) include both, and would abort slow readers.
 */
export class WorkTime {
  readonly #onEnd: () => void
  #leftMs: number
  #since = 0
  #timer: NodeJS.Timeout | undefined

  /** Starts the clock; `onEnd` is called once after `limitMs`. */
  constructor(limitMs: number, onEnd: () => void) {
    this.#leftMs = limitMs
    this.#onEnd = onEnd
    this.resume()
  }

  pause(): void {
    if (!this.#timer) return
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#leftMs -= performance.now() - this.#since
  }

  resume(): void {
    if (this.#timer) return
    this.#since = performance.now()
    this.#timer = setTimeout(this.#onEnd, Math.max(1, this.#leftMs))
  }
}
