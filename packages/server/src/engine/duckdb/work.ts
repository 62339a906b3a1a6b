import type { DuckDBConnection } from '@duckdb/node-api'
import type { StockdbError } from '@stockdb/contract/wire'
import { WorkTime } from '../work-time.ts'
import { threads } from './threads.ts'

/** How often a connection is interrupted until it stops: an interrupt before a statement begins has no effect. */
const TELL_MS = 20

/** Work of one connection, step by step, which can be cancelled at any time. */
export class Work {
  readonly #connection: DuckDBConnection
  readonly #translate: (error: unknown) => StockdbError
  readonly #time: WorkTime | undefined
  readonly #over = new AbortController()
  #working = false
  #failure: { readonly reason: unknown } | undefined

  /** `timeoutMs` is the most that all steps may take; `late` says so. */
  constructor(
    connection: DuckDBConnection,
    translate: (error: unknown) => StockdbError,
    limit?: { readonly timeoutMs: number; readonly late: () => StockdbError },
  ) {
    this.#connection = connection
    this.#translate = translate
    if (limit) {
      this.#time = new WorkTime(limit.timeoutMs, () => this.fail(limit.late()))
      this.#time.pause()
    }
  }

  get failed(): boolean {
    return this.#failure !== undefined
  }

  get working(): boolean {
    return this.#working
  }

  /** Does a step. Throws the reason for which the work was cancelled, or the translated error of the database. */
  async step<Result>(act: () => Promise<Result>): Promise<Result> {
    this.throwIfFailed()
    this.#working = true
    try {
      const result = await threads.run(async () => {
        this.#time?.resume()
        try {
          return await act()
        } finally {
          this.#time?.pause()
        }
      }, this.#over.signal)
      this.throwIfFailed()
      return result
    } catch (error) {
      this.throwIfFailed()
      throw this.#translate(error)
    } finally {
      this.#working = false
    }
  }

  throwIfFailed(): void {
    if (this.#failure) throw this.#failure.reason
  }

  /** Breaks the work off; the step under way, if there is one, ends within milliseconds. */
  fail(reason: unknown): void {
    if (this.#failure) return
    this.#failure = { reason }
    this.#time?.pause()
    this.#over.abort(reason)
    this.#interrupt()
  }

  #interrupt(): void {
    if (!this.#working) return
    this.#connection.interrupt()
    setTimeout(() => this.#interrupt(), TELL_MS)
  }
}
