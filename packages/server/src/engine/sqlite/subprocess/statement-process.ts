import { type ChildProcess, fork } from 'node:child_process'
import { StockdbError } from '@stockdb/contract/wire'
import { detached } from '../../detached.ts'
import { type ChildRequest, type ChildResponse, type Form, MEMORY_LIMIT, type NEXT, OUT_OF_MEMORY } from './messages.ts'

const CHILD = import.meta.url.endsWith('.ts')
  ? new URL('./child.ts', import.meta.url)
  : new URL('./child.js', import.meta.url)
/** A busy machine takes seconds where an idle one takes 60 ms. */
const START_TIMEOUT_MS = 30_000

/** How long an answer is waited for, and what then is thrown. */
export interface Timeout {
  readonly timeoutMs: number
  late(timeoutMs: number): StockdbError
}

/** A process that runs one statement at a time, and can be killed in the middle of one. */
export class StatementProcess<F extends Form> {
  /** Resolves when the process is no more. */
  readonly gone: Promise<void>
  readonly #child: ChildProcess
  #ready = false
  #alive = true
  #waiting: PromiseWithResolvers<ChildResponse<F>> | undefined

  constructor(form: F) {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.gone = promise
    // It outlives the call that is in want of it, and would hold all of it in memory until then.
    this.#child = detached(() =>
      fork(CHILD, [form], {
        // Without an environment: nothing of ours is told to what runs there.
        env: {},
        execArgv: ['--no-warnings', '--max-old-space-size=512'],
        serialization: 'advanced',
        // By the end of its input it learns of ours.
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
      // Where it could not be started, or not be told something; then it is of no use.
      .on('error', (error) => {
        this.kill()
        if (this.#child.pid === undefined) end(brokenOff(error))
        else this.#waiting?.reject(brokenOff(error))
      })
    // Nothing is written there; what is said of it when the process ends is said by `exit` as well.
    this.#child.stdin?.on('error', () => {})
  }

  get alive(): boolean {
    return this.#alive
  }

  /**
   * Tells the process something and gives its answer. Throws the signal's reason, what `late` gives when the time is
   * over, `QUERY_REFUSED` when the process took too much memory, and `DATABASE_INTERRUPTED` when it ended otherwise; after each of them it is killed. The time in which
   * it is started does not count.
   */
  async ask(message: ChildRequest | typeof NEXT, signal: AbortSignal, timeout: Timeout): Promise<ChildResponse<F>> {
    try {
      if (!this.#ready) await this.#hear(signal, { timeoutMs: START_TIMEOUT_MS, late: notStarted })
      this.#ready = true
      const answer = this.#hear(signal, timeout)
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

  async #hear(signal: AbortSignal, { timeoutMs, late }: Timeout): Promise<ChildResponse<F>> {
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
  const message = 'the statement was broken off: the process that ran it has ended'
  return new StockdbError('DATABASE_INTERRUPTED', message, { cause })
}

function notStarted(timeoutMs: number): StockdbError {
  return new StockdbError('OVERLOADED', `a process for the query did not start within ${timeoutMs} ms`)
}
