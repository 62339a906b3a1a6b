import { errorOf } from '../errors.ts'
import { onAbort } from './abort.ts'
import type { ProgressOptions } from './progress.ts'

/** The options that every call takes as its last argument. */
export interface CallOptions extends ProgressOptions {
  /**
   * Cancels the call, and its query in the database, when it fires; the call then throws a `CancelledError`.
   *
   * @default the call ends by itself or by its timeout
   * @example
   * ```ts
   * const abort = new AbortController()
   * setTimeout(() => abort.abort(), 1_000)
   * await db.daily.range({ start: '2010-01-01' }, { signal: abort.signal })
   * ```
   */
  readonly signal?: AbortSignal | undefined
  /**
   * The timeout of a call, in milliseconds; `Infinity` for no limit.
   *
   * For `stream` it limits the wait for each batch, for `watch` the time without an event or ping.
   *
   * @default the `timeoutMs` of `connect`
   * @example
   * ```ts
   * await db.daily.latest({ symbols: ['600519.SH'] }, { timeoutMs: 5_000 }) // a TimeoutError after that
   * ```
   */
  readonly timeoutMs?: number | undefined
  /**
   * Adds `frame.meta.plan`: the datasets that the server read, and every step in words.
   *
   * Calls that do not answer with a frame, `db.query` and `db.sql` ignore it.
   *
   * @default false
   * @example
   * ```ts
   * const frame = await db.daily.range({ symbols: ['600519.SH'], adjust: 'qfq' }, { explain: true })
   * console.log(frame.meta.plan?.lines.join('\n'))
   * ```
   */
  readonly explain?: boolean | undefined
  /**
   * Reads the answer from the database, even if the server has it in memory.
   *
   * @default false
   * @example
   * ```ts
   * const frame = await db.daily.latest({ symbols: ['600519.SH'] }, { fresh: true })
   * console.log(frame.meta.cache) // undefined: it was read for this call
   * ```
   */
  readonly fresh?: boolean | undefined
}

/** Timers beyond 25 days would fire immediately. */
const LONGEST_TIMER_MS = 2 ** 31 - 1

/** Throws an `InvalidInputError` for an invalid timeout. */
export function checkTimeout(timeoutMs: number): void {
  if (timeoutMs > 0) return
  throw errorOf('INVALID_INPUT', `timeoutMs: got ${timeoutMs}; expected milliseconds above 0, or Infinity`)
}

/** Combines the caller's signal and a timeout into one signal. Call `stop()` when the call has ended. */
export class Deadline {
  readonly #controller = new AbortController()
  readonly #timeoutMs: number
  readonly #stopListening: (() => void) | undefined
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(timeoutMs: number, caller: AbortSignal | undefined) {
    checkTimeout(timeoutMs)
    this.#timeoutMs = timeoutMs
    this.#timer = this.#start()
    this.#stopListening =
      caller &&
      onAbort(caller, () =>
        this.#controller.abort(errorOf('CANCELLED', 'the signal of the call fired', { cause: caller.reason })),
      )
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** Pauses the clock while the caller processes a batch. */
  pause(): void {
    clearTimeout(this.#timer)
  }

  /** Restarts the clock from zero. */
  restart(): void {
    clearTimeout(this.#timer)
    if (!this.signal.aborted) this.#timer = this.#start()
  }

  /** Releases the timer and the caller's signal. */
  stop(): void {
    clearTimeout(this.#timer)
    this.#stopListening?.()
  }

  /** Stops, and cancels what is still in flight. */
  cancel(): void {
    this.stop()
    this.#controller.abort(errorOf('CANCELLED', 'the caller stopped waiting'))
  }

  #start(): ReturnType<typeof setTimeout> | undefined {
    if (this.#timeoutMs > LONGEST_TIMER_MS) return undefined
    return setTimeout(() => {
      this.#controller.abort(errorOf('CALL_TIMEOUT', `no answer within timeoutMs: ${this.#timeoutMs}`))
    }, this.#timeoutMs)
  }
}

/** Runs a call with a timeout: its signal fires at the timeout, or when the caller's signal fires. */
export async function withDeadline<Result>(
  timeoutMs: number,
  caller: AbortSignal | undefined,
  call: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const deadline = new Deadline(timeoutMs, caller)
  try {
    return await call(deadline.signal)
  } finally {
    deadline.stop()
  }
}
