import { type ChildProcess, fork } from 'node:child_process'
import { StockdbError } from '@stockdb/contract/wire'
import { detached } from '../../detached.ts'
import { type ChildRequest, type ChildResponse, type Form, MEMORY_LIMIT, type NEXT, OUT_OF_MEMORY } from './messages.ts'

const CHILD = import.meta.url.endsWith('.ts')
  ? new URL('./child.ts', import.meta.url)
  : new URL('./child.js', import.meta.url)
/** Startup takes 60 ms on an idle machine, but seconds on a busy one. */
const START_TIMEOUT_MS = 30_000

/** Timeout of a response, and the error to throw. */
export interface Timeout {
  readonly timeoutMs: number
  late(timeoutMs: number): StockdbError
}

/** A subprocess that runs one statement at a time, and can be killed in the middle of one. */
export class StatementProcess<F extends Form> {
  /** Resolves when the process has ended. */
  readonly gone: Promise<void>
  readonly #child: ChildProcess
  #ready = false
  #alive = true
  #waiting: PromiseWithResolvers<ChildResponse<F>> | undefined

  constructor(form: F) {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.gone = promise
    // It outlives the call that needs it, and would keep the call in memory.
    this.#child = detached(() =>
      fork(CHILD, [form], {
        // Without environment variables, which may hold secrets.
        env: {},
        execArgv: ['--no-warnings', '--max-old-space-size=512'],
        serialization: 'advanced',
        // The end of its input tells it that we ended.
        stdio: ['pipe', 'ignore', 'ignore', 'ipc'],
      }),
    )
    const end = (reason: StockdbError): void => {
      this.#alive = false
      this.#waiting?.reject(reason)
      resolve()
    }
    this.#child
      .on('message', (response: ChildResponse<F>) => this.#waiting?.resolve(response))
      .on('exit', (_, signal) => end(signal === OUT_OF_MEMORY ? tookTooMuch() : brokenOff()))
      // It could not be started, or a message could not be sent; then it is unusable.
      .on('error', (error) => {
        this.kill()
        if (this.#child.pid === undefined) end(brokenOff(error))
        else this.#waiting?.reject(brokenOff(error))
      })
    // Its errors at exit are also reported by `exit`.
    this.#child.stdin?.on('error', () => {})
  }

  get alive(): boolean {
    return this.#alive
  }

  /**
   * Sends a request and returns the response. Throws the signal's reason, the error of `late` at the timeout,
   * `QUERY_REFUSED` if the process exceeded its memory, and `DATABASE_INTERRUPTED` if it ended otherwise; in each case
   * the process is killed. Startup time does not count.
   */
  async ask(message: ChildRequest | typeof NEXT, signal: AbortSignal, timeout: Timeout): Promise<ChildResponse<F>> {
    try {
      if (!this.#ready) await this.#receive(signal, { timeoutMs: START_TIMEOUT_MS, late: notStarted })
      this.#ready = true
      const answer = this.#receive(signal, timeout)
      this.#child.send(message, (error) => error && this.#waiting?.reject(brokenOff(error)))
      return await answer
    } catch (error) {
      this.kill()
      throw error
    }
  }

  kill(): void {
    this.#alive = false
    this.#child.kill('SIGKILL')
  }

  async #receive(signal: AbortSignal, { timeoutMs, late }: Timeout): Promise<ChildResponse<F>> {
    const waiting = Promise.withResolvers<ChildResponse<F>>()
    const onAbort = (): void => waiting.reject(signal.reason)
    const timer = setTimeout(() => waiting.reject(late(timeoutMs)), timeoutMs)
    signal.addEventListener('abort', onAbort)
    if (signal.aborted) onAbort()
    if (!this.#alive) waiting.reject(brokenOff())
    this.#waiting = waiting
    try {
      return await waiting.promise
    } finally {
      this.#waiting = undefined
      clearTimeout(timer)
      signal.removeEventListener('abort', onAbort)
    }
  }
}

function tookTooMuch(): StockdbError {
  return new StockdbError(
    'QUERY_REFUSED',
    `the query took more than ${MEMORY_LIMIT / 2 ** 20} MB of memory; ask for less at once`,
  )
}

function brokenOff(cause?: unknown): StockdbError {
  const message = 'the statement was aborted: the process that ran it has ended'
  return new StockdbError('DATABASE_INTERRUPTED', message, { cause })
}

function notStarted(timeoutMs: number): StockdbError {
  return new StockdbError('OVERLOADED', `a process for the query did not start within ${timeoutMs} ms`)
}
