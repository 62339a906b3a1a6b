import { Worker } from 'node:worker_threads'
import { StockdbError } from '@stockdb/contract/wire'
import { refuse } from './lex.ts'
import type { Parsed, ParseWish } from './parse-worker.ts'

/** The longest that a statement may be looked at. */
const PARSE_TIMEOUT_MS = 5_000
/** Statements that may wait to be looked at. */
const MAX_WAITING = 100
/** The longest statement takes about 50 MB. Young objects get little, for a thread's memory stays as large as it once was. */
const MEMORY = { maxOldGenerationSizeMb: 256, maxYoungGenerationSizeMb: 4 }
/** How the parser's own errors begin; others mean that it is broken. */
const ITS_OWN = 'sql parser error: '

/** Parses statements, one at a time, in a thread that is started when first needed. */
export class SqlParser {
  #worker: Worker | undefined
  #last: Promise<unknown> = Promise.resolve()
  #waiting = 0
  #settle: ((answer: Parsed) => void) | undefined

  /** The tree of a statement. Throws `QUERY_REFUSED` if it cannot be parsed. */
  async parse(wish: ParseWish): Promise<unknown> {
    if (this.#waiting >= MAX_WAITING) throw new StockdbError('OVERLOADED', 'too many statements wait to be looked at')
    this.#waiting++
    const parsed = this.#last.then(() => this.#ask(wish))
    this.#last = parsed.catch(() => {})
    try {
      const answer = await parsed
      if ('tree' in answer) return answer.tree
      return refuse(`cannot parse it: ${answer.error.slice(ITS_OWN.length)}`)
    } finally {
      this.#waiting--
    }
  }

  async close(): Promise<void> {
    await this.#worker?.terminate()
  }

  async #ask(wish: ParseWish): Promise<Parsed> {
    const worker = this.#start()
    const timer = setTimeout(() => this.#settle?.({ error: 'the parser took too long' }), PARSE_TIMEOUT_MS)
    const answer = await new Promise<Parsed>((resolve) => {
      this.#settle = resolve
      worker.postMessage(wish)
    })
    clearTimeout(timer)
    if ('tree' in answer || answer.error.startsWith(ITS_OWN)) return answer
    this.#worker = undefined
    // Nobody waits for what is given up.
    worker.terminate().catch(() => {})
    throw new StockdbError('QUERY_REFUSED', 'sql: it is nested too deeply, or too long, to be looked at', {
      cause: answer.error,
    })
  }

  #start(): Worker {
    if (this.#worker) return this.#worker
    const file = import.meta.url.endsWith('.ts') ? './parse-worker.ts' : './parse-worker.js'
    const worker = new Worker(new URL(file, import.meta.url), { resourceLimits: MEMORY })
    const settle = (answer: Parsed): void => {
      if (worker === this.#worker) this.#settle?.(answer)
    }
    worker
      .on('message', settle)
      .on('error', (error) => settle({ error: String(error) }))
      // A tree that is too deep to be handed over between threads.
      .on('messageerror', (error) => settle({ error: String(error) }))
      .on('exit', () => settle({ error: 'the parser ended' }))
    worker.unref()
    this.#worker = worker
    return worker
  }
}
