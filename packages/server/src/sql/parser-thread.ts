import { Worker } from 'node:worker_threads'
import { StockdbError } from '@stockdb/contract/wire'
import type { FromParser, Parsed, ParseRequest } from './parse-worker.ts'

/** Time limits of a thread. Waiting for the CPU on a busy machine must not count against a statement. */
export interface ParserLimits {
  /** To start. */
  readonly startMs: number
  /** CPU time to parse one statement. */
  readonly cpuMs: number
  /** Wall-clock time to parse one statement. */
  readonly waitMs: number
}

/** The longest ordinary statement takes less than a second of CPU time. */
export const PARSER_LIMITS: ParserLimits = { startMs: 30_000, cpuMs: 5_000, waitMs: 30_000 }
/** Interval of CPU time checks. */
const LOOK_MS = 1_000
/**
 * The longest statement takes about 50 MB. The young generation is kept small because a thread's memory never shrinks.
 */
const MEMORY = { maxOldGenerationSizeMb: 256, maxYoungGenerationSizeMb: 4 }
/** The prefix of the parser's own errors; any other error means that it is broken. */
const ITS_OWN = 'sql parser error: '

type Came = FromParser | { readonly failed: unknown } | 'nothing' | 'ended'

/** A thread that parses one statement at a time. Discard it after an error of `parse`. */
export class ParserThread {
  readonly #worker: Worker
  readonly #limits: ParserLimits
  #isReady = false
  #settle: ((came: Came) => void) | undefined

  constructor(file: URL, limits: ParserLimits) {
    this.#limits = limits
    this.#worker = new Worker(file, { resourceLimits: MEMORY })
    this.#worker
      .on('message', (came: FromParser) => this.#settle?.(came))
      .on('error', (error) => this.#settle?.({ failed: error }))
      // The tree is too deep to pass between threads.
      .on('messageerror', (error) => this.#settle?.({ failed: error }))
      .on('exit', () => this.#settle?.('ended'))
    this.#worker.unref()
  }

  /** The tree, or the parser's own error. Throws `QUERY_REFUSED` when the statement breaks the parser, else `OVERLOADED`. */
  async parse(request: ParseRequest): Promise<Parsed> {
    if (!this.#isReady) {
      const came = await this.#next(this.#limits.startMs)
      if (came !== 'ready') throw unavailable('the parser did not start in time', came)
      this.#isReady = true
    }
    const before = this.#cpuTime()
    const startedAt = performance.now()
    const passed = () => performance.now() - startedAt
    this.#worker.postMessage(request)
    for (;;) {
      const came = await this.#next(Math.min(LOOK_MS, this.#limits.cpuMs))
      if (came === 'nothing') {
        const [first, now] = [await before, await this.#cpuTime()]
        // Before Node 24.6 the CPU time of a thread is not available.
        const used = first === undefined || now === undefined ? passed() : now - first
        if (used >= this.#limits.cpuMs) throw tooMuch(`${Math.round(used)} ms of CPU time`)
        if (passed() >= this.#limits.waitMs) throw unavailable('the parser did not answer in time', came)
      } else if (came === 'ended' || came === 'ready') {
        throw unavailable('the parser ended', came)
      } else if ('failed' in came) {
        throw tooMuch(came.failed)
      } else {
        if ('error' in came && !came.error.startsWith(ITS_OWN)) throw tooMuch(came.error)
        return 'tree' in came ? came : { error: came.error.slice(ITS_OWN.length) }
      }
    }
  }

  async end(): Promise<void> {
    await this.#worker.terminate()
  }

  /** The next message; `nothing` at the timeout. */
  #next(ms: number): Promise<Came> {
    return new Promise((resolve) => {
      // Messages that arrived while the server itself was busy are read before the timeout counts.
      const timer = setTimeout(() => setImmediate(resolve, 'nothing'), ms)
      this.#settle = (came) => {
        clearTimeout(timer)
        resolve(came)
      }
    })
  }

  async #cpuTime(): Promise<number | undefined> {
    try {
      const usage = await this.#worker.cpuUsage?.()
      return usage && (usage.user + usage.system) / 1_000
    } catch {
      // It has ended, which is reported as an event.
      return undefined
    }
  }
}

const tooMuch = (cause: unknown): StockdbError =>
  new StockdbError('QUERY_REFUSED', 'sql: statement too long or too deeply nested to parse', { cause })

const unavailable = (what: string, came: Came): StockdbError =>
  new StockdbError('OVERLOADED', `sql: ${what}; try again later`, { cause: came })
