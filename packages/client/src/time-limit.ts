import { errorOf } from './errors.ts'

/** What every call takes. */
export interface CallOptions {
  /** Breaks the call off; its query is then gone from the database too. */
  readonly signal?: AbortSignal | undefined
  /**
   * The longest a call may take, in milliseconds; for `stream` the longest wait for one batch, for `watch` the longest
   * without a sign of life, which comes every few seconds. `Infinity` for no limit.
   * The default is that of `connect`.
   */
  readonly timeoutMs?: number | undefined
}

/** Timers take a longer time, 25 days, for none at all and fire at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1

/** Throws an `InvalidInputError` for a time limit that a timer would take for none, or for a millisecond. */
export function checkTimeout(timeoutMs: number): void {
  if (timeoutMs > 0) return
  throw errorOf('INVALID_INPUT', `timeoutMs: got ${timeoutMs}; expected milliseconds above 0, or Infinity`)
}

/** One signal out of the caller's own and a time limit. `stop()` must be called when the call has ended. */
export class TimeLimit {
  readonly #controller = new AbortController()
  readonly #caller: AbortSignal | undefined
  readonly #timeoutMs: number
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(timeoutMs: number, caller: AbortSignal | undefined) {
    checkTimeout(timeoutMs)
    this.#timeoutMs = timeoutMs
    this.#caller = caller
    this.#timer = this.#start()
    caller?.addEventListener('abort', this.#onCaller)
    if (caller?.aborted) this.#onCaller()
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** Stops to count: the caller is at work on what has come. */
  pause(): void {
    clearTimeout(this.#timer)
  }

  /** Starts to count anew. */
  renew(): void {
    clearTimeout(this.#timer)
    if (!this.signal.aborted) this.#timer = this.#start()
  }

  /** Lets go of the timer and of the caller's signal. */
  stop(): void {
    clearTimeout(this.#timer)
    this.#caller?.removeEventListener('abort', this.#onCaller)
  }

  /** The same, and breaks off what is still under way. */
  breakOff(): void {
    this.stop()
    this.#controller.abort(errorOf('CANCELLED', 'nobody waits for it any more'))
  }

  #start(): ReturnType<typeof setTimeout> | undefined {
    if (this.#timeoutMs > LONGEST_TIMER_MS) return undefined
    return setTimeout(() => {
      this.#controller.abort(errorOf('CALL_TIMEOUT', `no answer within timeoutMs: ${this.#timeoutMs}`))
    }, this.#timeoutMs)
  }

  readonly #onCaller = (): void => {
    this.#controller.abort(errorOf('CANCELLED', 'the signal of the call fired', { cause: this.#caller?.reason }))
  }
}
