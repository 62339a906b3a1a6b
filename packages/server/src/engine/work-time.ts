/**
 * Counts the time that a database works, which is not the time that its reader takes. The database's own limits
 * (MAX_EXECUTION_TIME, max_statement_time) count both, and would cut off slow readers.
 */
export class WorkTime {
  readonly #onEnd: () => void
  #leftMs: number
  #since = 0
  #timer: NodeJS.Timeout | undefined

  /** Starts to count; `onEnd` is called once when `limitMs` are over. */
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
