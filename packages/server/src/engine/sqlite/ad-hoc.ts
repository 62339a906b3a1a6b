import { StockdbError } from '@stockdb/contract/wire'
import { Semaphore } from '../../bounds/semaphore.ts'
import type { AdHoc, AdHocAnswer, AdHocBounds, AdHocStatement, FieldOfColumn } from '../ad-hoc.ts'
import { AdHocRows, tooLong } from '../ad-hoc-rows.ts'
import type { EngineOptions } from '../driver.ts'
import type { ReadObserver } from '../observer.ts'
import { answerOf, type SqliteColumn } from './ad-hoc-answer.ts'
import { translateSqliteError } from './errors.ts'
import { SqliteFile } from './file.ts'
import { toSqlite } from './reader.ts'
import { sqliteGrammar } from './sql-grammar.ts'
import { askChunks } from './subprocess/ask-chunks.ts'
import { type ChildRequest, requestedFile } from './subprocess/messages.ts'
import { StatementProcesses } from './subprocess/processes.ts'

/** Runs callers' statements on a SQLite file, each in a separate process that is killed at the time limit. */
export class SqliteAdHoc implements AdHoc {
  readonly grammar = sqliteGrammar
  readonly schema = 'main'
  readonly #file: SqliteFile
  readonly #bounds: AdHocBounds
  readonly #observer: ReadObserver
  readonly #fieldOf: FieldOfColumn
  readonly #slots: Semaphore
  readonly #processes = new StatementProcesses('rows')

  constructor(file: string, { bounds, observer }: EngineOptions, fieldOf: FieldOfColumn) {
    this.#observer = observer
    this.#file = new SqliteFile(file)
    this.#bounds = bounds
    this.#fieldOf = fieldOf
    this.#slots = new Semaphore({
      ...bounds,
      limit: bounds.sqlConnections,
      what: 'a statement slot',
      shared: true,
    })
  }

  async run(statement: AdHocStatement, signal: AbortSignal): Promise<AdHocAnswer> {
    // No plan: EXPLAIN would run on the main connections, which callers' statements must not reach.
    const caller = this.#observer.callerName()
    const clock = this.#observer.read({ sql: statement.shown, parameters: statement.parameters }, false)
    try {
      await this.#slots.acquire(signal, caller)
      clock.start()
      try {
        return await this.#ask(statement, signal)
      } finally {
        this.#slots.release(caller)
      }
    } finally {
      clock.stop()
    }
  }

  async close(): Promise<void> {
    await this.#processes.close()
  }

  async #ask({ sql, parameters }: AdHocStatement, signal: AbortSignal): Promise<AdHocAnswer> {
    const collected = new AdHocRows(this.#bounds)
    const process = this.#processes.take()
    try {
      const request: ChildRequest = {
        ...requestedFile(this.#file),
        sql,
        parameters: parameters.map(toSqlite),
        columns: [],
      }
      const timeout = { timeoutMs: this.#bounds.sqlTimeoutMs, late: tooLong }
      let columns: readonly SqliteColumn[] = []
      for await (const part of askChunks(process, request, signal, timeout, refusalOf, this.#observer.worker())) {
        for (const row of part.rows) collected.push(row)
        columns = part.columns
      }
      return answerOf(columns, collected.rows, this.#fieldOf)
    } finally {
      // Used once, so that a statement leaves nothing for the next one.
      process.kill()
    }
  }
}

/** SQLite's messages about a statement are for its caller; messages about the file are not. */
function refusalOf(error: unknown): StockdbError {
  const ours = translateSqliteError(error)
  if (ours.code !== 'SCHEMA_MISMATCH' && ours.code !== 'INTERNAL') return ours
  const { message } = error as Error
  return new StockdbError('QUERY_REFUSED', `sql: the database rejected the statement: ${message.slice(0, 300)}`, {
    cause: error,
  })
}
