import { type ChildProcess, fork } from 'node:child_process'
import { StockdbError } from '@stockdb/contract'
import { Slots } from '../../bounds/slots.ts'
import { ReadClock } from '../../telemetry/running-call.ts'
import type { AdHoc, AdHocAnswer, AdHocBounds, AdHocStatement, TypeOfColumn } from '../ad-hoc.ts'
import { tooLong, tooMany } from '../ad-hoc-rows.ts'
import { answerOf, type SqliteColumn } from './ad-hoc-answer.ts'
import type { AdHocNews, AdHocWish } from './ad-hoc-child.ts'
import { translateSqliteError } from './errors.ts'
import { toSqlite } from './reader.ts'

/** The child ends itself a little later than it is killed. */
const GRACE_MS = 2_000
const CHILD = new URL(`./ad-hoc-child${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url)

/** Statements on a SQLite file, each in a process of its own, which is killed at the time limit. */
export class SqliteAdHoc implements AdHoc {
  readonly kind = 'sqlite'
  readonly schema = 'main'
  readonly #file: string
  readonly #bounds: AdHocBounds
  readonly #typeOf: TypeOfColumn
  readonly #slots: Slots
  readonly #children = new Set<ChildProcess>()

  constructor(file: string, bounds: AdHocBounds, typeOf: TypeOfColumn) {
    this.#file = file
    this.#bounds = bounds
    this.#typeOf = typeOf
    this.#slots = new Slots({ ...bounds, limit: bounds.sqlConnections, what: 'a place for a statement' })
  }

  async run(statement: AdHocStatement, signal: AbortSignal): Promise<AdHocAnswer> {
    // A plan would be asked for on the main connections, which no statement of a caller's own may reach.
    const clock = new ReadClock({ sql: statement.shown, parameters: statement.parameters }, false)
    try {
      await this.#slots.acquire(signal)
      clock.start()
      try {
        return await this.#ask(statement, signal)
      } finally {
        this.#slots.release()
      }
    } finally {
      clock.stop()
    }
  }

  async close(): Promise<void> {
    for (const child of this.#children) child.kill('SIGKILL')
  }

  async #ask({ sql, parameters }: AdHocStatement, signal: AbortSignal): Promise<AdHocAnswer> {
    const { sqlTimeoutMs, maxSqlRows, maxSqlBytes } = this.#bounds
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const onAbort = (): void => reject(signal.reason)
    const timer = setTimeout(() => reject(tooLong(sqlTimeoutMs)), sqlTimeoutMs)
    signal.addEventListener('abort', onAbort)
    if (signal.aborted) onAbort()
    // Without an environment: nothing of ours is told to what runs there.
    const child = fork(CHILD, {
      env: {},
      execArgv: ['--no-warnings', '--max-old-space-size=512'],
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    })
    this.#children.add(child)
    let columns: readonly SqliteColumn[] = []
    const rows: unknown[][] = []
    child
      .on('message', (news: AdHocNews) => {
        if ('columns' in news) columns = news.columns
        else if ('rows' in news) for (const row of news.rows) rows.push(row)
        else if ('error' in news) reject(refusalOf(news.error))
        else if (news.end === 'complete') resolve()
        else
          reject(
            tooMany(news.end === 'too many rows' ? `more than ${maxSqlRows} rows` : `more than ${maxSqlBytes} bytes`),
          )
      })
      .on('error', reject)
      .on('exit', () => {
        this.#children.delete(child)
        reject(new StockdbError('DATABASE_INTERRUPTED', 'the statement was broken off: it took too much memory'))
      })
    const wish: AdHocWish = {
      file: this.#file,
      sql,
      // The reader's own conversion: SQLite has no booleans.
      parameters: parameters.map(toSqlite) as AdHocWish['parameters'],
      maxRows: maxSqlRows,
      maxBytes: maxSqlBytes,
      timeoutMs: sqlTimeoutMs + GRACE_MS,
    }
    child.send(wish, (error) => error && reject(error))
    try {
      await promise
      return answerOf(columns, rows, this.#typeOf)
    } finally {
      clearTimeout(timer)
      signal.removeEventListener('abort', onAbort)
      child.kill('SIGKILL')
    }
  }
}

/** What SQLite says against a statement is for its caller, who wrote it; what it says of the file is not. */
function refusalOf(error: { readonly errcode: number | undefined; readonly message: string }): StockdbError {
  const ours = translateSqliteError(error)
  if (ours.code !== 'SCHEMA_MISMATCH' && ours.code !== 'INTERNAL') return ours
  return new StockdbError('QUERY_REFUSED', `sql: the database does not take it: ${error.message.slice(0, 300)}`, {
    cause: error,
  })
}
