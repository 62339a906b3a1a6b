import { StockdbError } from '@stockdb/contract/wire'
import { refuse } from './lex.ts'
import type { Parsed, ParseRequest } from './parse-worker.ts'
import { PARSER_LIMITS, type ParserLimits, ParserThread } from './parser-thread.ts'

/** Statements that may wait to be parsed. */
const MAX_WAITING = 100
const THREAD = new URL(import.meta.url.endsWith('.ts') ? './parse-worker.ts' : './parse-worker.js', import.meta.url)

/** Parses statements one at a time, in a thread that is started on first use. */
export class SqlParser {
  readonly #file: URL
  readonly #limits: ParserLimits
  #thread: ParserThread | undefined
  #last: Promise<unknown> = Promise.resolve()
  #waiting = 0

  constructor({ file = THREAD, limits = PARSER_LIMITS }: { file?: URL; limits?: ParserLimits } = {}) {
    this.#file = file
    this.#limits = limits
  }

  /** The tree of a statement. Throws `QUERY_REFUSED` if it cannot be parsed. */
  async parse(request: ParseRequest): Promise<unknown> {
    if (this.#waiting >= MAX_WAITING) throw new StockdbError('OVERLOADED', 'sql: too many statements wait to be parsed')
    this.#waiting++
    const parsed = this.#last.then(() => this.#ask(request))
    this.#last = parsed.catch(() => {})
    try {
      const answer = await parsed
      return 'tree' in answer ? answer.tree : refuse(`cannot parse the statement: ${answer.error}`)
    } finally {
      this.#waiting--
    }
  }

  async close(): Promise<void> {
    await this.#thread?.end()
  }

  async #ask(request: ParseRequest): Promise<Parsed> {
    this.#thread ??= new ParserThread(this.#file, this.#limits)
    try {
      return await this.#thread.parse(request)
    } catch (error) {
      // An abandoned request has no waiter.
      this.#thread.end().catch(() => {})
      this.#thread = undefined
      throw error
    }
  }
}
