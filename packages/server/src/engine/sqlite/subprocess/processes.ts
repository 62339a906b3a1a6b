import { setTimeout as sleep } from 'node:timers/promises'
import { StockdbError } from '@stockdb/contract/wire'
import { detached } from '../../detached.ts'
import type { Form } from './messages.ts'
import { StatementProcess } from './statement-process.ts'

/** How long an idle subprocess is kept. */
const IDLE_MS = 60_000
/** Timeout for killed processes, which usually end in milliseconds, unless they hang in the kernel. */
const GONE_MS = 1_000

/**
 * Subprocesses for statements, one per running statement; the caller limits their number. Starting one costs more than
 * a small query, so returned ones are kept for a while.
 */
export class StatementProcesses<F extends Form> {
  readonly #form: F
  readonly #all = new Set<StatementProcess<F>>()
  /** The last used one at the end: the others expire. */
  readonly #idle = new Map<StatementProcess<F>, NodeJS.Timeout>()
  #closed = false

  constructor(form: F) {
    this.#form = form
  }

  get idle(): number {
    return this.#idle.size
  }

  /** Must be returned or killed. */
  take(): StatementProcess<F> {
    if (this.#closed) throw new StockdbError('SHUTTING_DOWN', 'the server is stopping')
    const kept = [...this.#idle.keys()].at(-1)
    if (kept) {
      clearTimeout(this.#idle.get(kept))
      this.#idle.delete(kept)
      return kept
    }
    const process = new StatementProcess(this.#form)
    this.#all.add(process)
    void process.gone.then(() => {
      this.#all.delete(process)
      this.#forget(process)
    })
    return process
  }

  /** Takes back a subprocess that has finished its statement. */
  giveBack(process: StatementProcess<F>): void {
    if (!process.alive) return
    const end = (): void => {
      this.#forget(process)
      process.kill()
    }
    // The timer outlives the call, and would keep it in memory.
    this.#idle.set(
      process,
      detached(() => setTimeout(end, IDLE_MS).unref()),
    )
  }

  /** Kills all, and resolves when they have ended. */
  async close(): Promise<void> {
    this.#closed = true
    const gone = [...this.#all].map((process) => {
      this.#forget(process)
      process.kill()
      return process.gone
    })
    if (gone.length > 0) await Promise.race([Promise.all(gone), sleep(GONE_MS, undefined, { ref: false })])
  }

  #forget(process: StatementProcess<F>): void {
    clearTimeout(this.#idle.get(process))
    this.#idle.delete(process)
  }
}
