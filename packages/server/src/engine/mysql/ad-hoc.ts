import type { Socket } from 'node:net'
import { StockdbError } from '@stockdb/contract/wire'
import type { FieldPacket, PoolConnection } from 'mysql2'
import type { AdHoc, AdHocAnswer, AdHocBounds, AdHocStatement, FieldOfColumn } from '../ad-hoc.ts'
import { columnNames } from '../ad-hoc-columns.ts'
import { AdHocRows, tooLong, tooMany } from '../ad-hoc-rows.ts'
import type { EngineOptions } from '../driver.ts'
import type { ReadObserver } from '../observer.ts'
import { answerOf } from './ad-hoc-answer.ts'
import { translateAdHocError } from './ad-hoc-errors.ts'
import { connectionOptions } from './address.ts'
import { socketOf } from './mysql2-inside.ts'
import { MysqlPool } from './pool.ts'
import { type Pins, pinsWith } from './session.ts'
import { mysqlGrammar } from './sql-grammar.ts'
import { run } from './statements.ts'

/** The database's own limit is longer than ours, whose message says more; it applies if the server died meanwhile. */
const GRACE_MS = 2_000

/** Runs callers' statements on MySQL and MariaDB on a few separate connections, each used for one statement. */
export class MysqlAdHoc implements AdHoc {
  readonly grammar = mysqlGrammar
  readonly schema: string
  readonly #pool: MysqlPool
  readonly #bounds: AdHocBounds
  readonly #observer: ReadObserver
  readonly #fieldOf: FieldOfColumn

  constructor(address: string, { bounds, log, observer }: EngineOptions, fieldOf: FieldOfColumn) {
    this.schema = String(connectionOptions(address).database)
    const pins = adHocPins(bounds.sqlTimeoutMs + GRACE_MS, bounds.maxTempDiskBytes)
    this.#pool = new MysqlPool(
      address,
      { ...bounds, observer, connections: bounds.sqlConnections, adHoc: true, pins },
      log,
    )
    this.#observer = observer
    this.#bounds = bounds
    this.#fieldOf = fieldOf
  }

  async run(statement: AdHocStatement, signal: AbortSignal): Promise<AdHocAnswer> {
    // No plan: EXPLAIN would run on the main connections, which callers' statements must not reach.
    const clock = this.#observer.read({ sql: statement.shown, parameters: statement.parameters }, false)
    try {
      const connection = await this.#pool.acquire(signal)
      clock.start()
      const watch = new Watch(connection, signal, this.#bounds.sqlTimeoutMs)
      const unwatchDisk = this.#pool.watchDisk(connection, (error) => watch.break(error))
      try {
        return await watch.until(this.#read(connection, statement))
      } catch (error) {
        throw translateAdHocError(error, this.schema)
      } finally {
        watch.stop()
        unwatchDisk()
        // In any case the connection is closed, and anything that still runs on it is killed from another one.
        this.#pool.discard(connection)
      }
    } finally {
      clock.stop()
    }
  }

  close(): Promise<void> {
    return this.#pool.close()
  }

  async #read(connection: PoolConnection, { sql, parameters }: AdHocStatement): Promise<AdHocAnswer> {
    await run(connection, 'start transaction read only', [], 'query')
    const rows = new AdHocRows(this.#bounds)
    const working = this.#observer.worker()
    const fields = await new Promise<readonly FieldPacket[]>((resolve, reject) => {
      const options = { sql, values: parameters as never, rowsAsArray: true }
      const command = connection.execute(options)
      let fields: readonly FieldPacket[] = []
      const refuseEarly = (check: () => void): void => {
        try {
          check()
        } catch (error) {
          connection.pause()
          reject(error)
        }
      }
      // Declared only for callbacks; undefined if the statement could not be prepared.
      command.on('fields', (packets) => {
        fields = (packets as unknown as readonly FieldPacket[] | undefined) ?? []
        refuseEarly(() => columnNames(fields.map(({ name }) => name)))
      })
      command.on('result', (row) => {
        working()
        // Declared as an object; with rowsAsArray it is the row's values.
        refuseEarly(() => rows.push(row as unknown as unknown[]))
      })
      command.on('end', () => resolve(fields))
      command.on('error', reject)
    })
    await refuseCutTexts(connection)
    return answerOf(fields, rows, this.#fieldOf)
  }
}

/**
 * Session settings for callers' own statements: no writes, short waits, bounded texts. A long recursion reaches the
 * time limit. MariaDB lists fewer warnings than MySQL, where only an administrator may change the number.
 */
function adHocPins(timeoutMs: number, maxTempDiskBytes: number): Pins {
  return pinsWith({
    transaction_read_only: 1,
    tx_read_only: 1,
    max_execution_time: timeoutMs,
    max_statement_time: timeoutMs / 1_000,
    lock_wait_timeout: 5,
    innodb_lock_wait_timeout: 5,
    max_error_count: 1_024,
    tmp_disk_table_size: maxTempDiskBytes,
  })
}

/** Warnings that a text of the answer was truncated, or is null because it would have been too long. */
const CUT = new Set([1260, 1301])

/** Throws `TOO_MANY_ROWS` if the database warned that it truncated a text. */
async function refuseCutTexts(connection: PoolConnection): Promise<void> {
  const warnings = await run<[string, number, string][]>(connection, 'show warnings', [], 'query')
  if (warnings.some(([, code]) => CUT.has(code))) throw tooMany('a text that the database cut at its own limit')
}

/** Ends the wait for a statement at the time limit, when the signal fires, or when the connection is lost. */
class Watch {
  readonly #broken = Promise.withResolvers<never>()
  readonly #timer: NodeJS.Timeout
  readonly #signal: AbortSignal
  readonly #socket: Socket

  constructor(connection: PoolConnection, signal: AbortSignal, timeoutMs: number) {
    // The promise may not be awaited yet, or no longer.
    this.#broken.promise.catch(() => {})
    this.#timer = setTimeout(() => this.#broken.reject(tooLong(timeoutMs)), timeoutMs)
    this.#signal = signal
    // On some failures mysql2 says nothing but closes it.
    this.#socket = socketOf(connection)
    this.#socket.on('close', this.#onClose)
    signal.addEventListener('abort', this.#onAbort)
    if (signal.aborted) this.#onAbort()
  }

  until<Result>(promise: Promise<Result>): Promise<Result> {
    promise.catch(() => {})
    return Promise.race([promise, this.#broken.promise])
  }

  break(reason: StockdbError): void {
    this.#broken.reject(reason)
  }

  stop(): void {
    clearTimeout(this.#timer)
    this.#socket.off('close', this.#onClose)
    this.#signal.removeEventListener('abort', this.#onAbort)
  }

  readonly #onAbort = (): void => this.#broken.reject(this.#signal.reason)
  readonly #onClose = (): void =>
    this.#broken.reject(new StockdbError('DATABASE_INTERRUPTED', 'the connection to the database was lost'))
}
