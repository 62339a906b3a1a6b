import { StockdbError } from '@stockdb/contract/wire'
import type { Engine } from '../engine/engine.ts'
import { type TableRef, textOf } from '../engine/table-ref.ts'
import { lackingForAnyWrite } from './write-rights.ts'

/** The database through an account of its own for writes, and what finds out whether it is the right one. */
export interface WriteAccountOptions {
  readonly engine: Engine
  /** Why it reaches another database, as a sentence; throws `DATABASE_UNAVAILABLE` while that cannot be found out. */
  readonly difference: (signal: AbortSignal) => Promise<string | undefined>
  /** Whether the database has stockdb's own tables, as the main account sees them. */
  readonly hasOwnTables: (signal: AbortSignal) => Promise<boolean>
}

/** The account of `--write-database`: nothing is written with it before it was checked once. */
export class WriteAccount {
  readonly engine: Engine
  readonly #options: WriteAccountOptions
  #checked = false

  constructor(options: WriteAccountOptions) {
    this.engine = options.engine
    this.#options = options
  }

  /** Throws a `TypeError` if the account reaches another database or may not write, `DATABASE_UNAVAILABLE` if that cannot be seen. */
  async check(signal: AbortSignal): Promise<void> {
    if (this.#checked) return
    const { difference, hasOwnTables } = this.#options
    const problem =
      (await difference(signal)) ?? ((await hasOwnTables(signal)) ? await this.#lacking(signal) : undefined)
    if (problem !== undefined) throw new TypeError(`--write-database: ${problem}`)
    this.#checked = true
  }

  /** The same at a write, for a database that could not be reached when the server started. */
  async require(signal: AbortSignal): Promise<void> {
    try {
      await this.check(signal)
    } catch (error) {
      if (error instanceof TypeError) throw new StockdbError('DATABASE_UNAVAILABLE', error.message, { cause: error })
      throw error
    }
  }

  /** What is wrong with the account, if it may not write stockdb's own tables. */
  async #lacking(signal: AbortSignal): Promise<string | undefined> {
    const lacking = await lackingForAnyWrite(this.engine, signal)
    const [first] = lacking
    if (!first) return undefined
    const tables = lacking.map(({ wanted: { on } }) => textOf(on as TableRef)).join(', ')
    return `got an account that may not write ${tables}; expected one with more rights, such as "stockdb grants" prints: ${[...new Set(lacking.map(({ grant }) => grant))].join('; ')}`
  }
}
