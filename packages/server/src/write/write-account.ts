import { columnName, tableName } from '@stockdb/contract/internal'
import { StockdbError } from '@stockdb/contract/wire'
import { type RawBuilder, sql } from 'kysely'
import type { Engine } from '../engine/engine.ts'
import { changesTable, keysTable, sequenceTable } from '../engine/own-tables.ts'

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

  /** The first of stockdb's own tables that the account may not write. No statement here touches a row. */
  async #lacking(signal: AbortSignal): Promise<string | undefined> {
    const { dialect } = this.engine
    const tries: readonly (readonly [table: string, right: string, statement: RawBuilder<unknown>])[] = [
      ...[keysTable, sequenceTable, changesTable].map((dataset) => {
        const [table, columns] = [
          tableName(dataset),
          Object.keys(dataset.fields).map((name) => sql.id(columnName(dataset, name))),
        ]
        const none = sql`insert into ${sql.id(table)} (${sql.join(columns)}) select ${sql.join(columns)} from ${sql.id(table)} where 1 = 0`
        return [table, 'INSERT', none] as const
      }),
      [
        tableName(sequenceTable),
        'UPDATE',
        sql`update ${sql.id(tableName(sequenceTable))} set ${sql.id('last')} = ${sql.id('last')} where 1 = 0`,
      ],
    ]
    const transaction = await this.engine.begin(signal)
    try {
      for (const [table, right, statement] of tries) {
        try {
          await transaction.run(statement.compile(dialect.kysely))
        } catch (error) {
          if (!(error instanceof StockdbError) || error.code !== 'INTERNAL') throw error
          return `got an account that may not write ${table}; expected one with ${right} on it, such as "stockdb grants" prints`
        }
      }
    } finally {
      await transaction.rollback()
    }
    return undefined
  }
}
