import type { EventEmitter } from 'node:events'
import { StockdbError } from '@stockdb/contract'
import type { PoolConnection } from 'mysql2'
import type { Bounds } from '../../bounds/settings.ts'
import { currentCall, ReadClock, workingFor } from '../../telemetry/running-call.ts'
import { BatchBuilder } from '../batch-builder.ts'
import type { ReadBatch, ReadQuery } from '../engine.ts'
import { translateMysqlError } from './errors.ts'
import type { MysqlPool } from './pool.ts'
import { translateQueryError } from './query-errors.ts'
import { WorkTime } from './work-time.ts'

type ReadBounds = Pick<Bounds, 'silenceTimeoutMs' | 'statementTimeoutMs'>

/**
 * Runs a prepared select and yields its rows in batches of typed arrays.
 *
 * mysql2 hands over each row as an array when it is parsed; the connection is paused while a full batch waits to be
 * taken, which holds the database back through TCP. The read fails when the query is killed, when the connection is
 * lost (mysql2 then tells only the connection, not the query: its issue #3082), when nothing arrives for
 * `silenceTimeoutMs`, when the database has worked for `statementTimeoutMs`, and when `signal` fires; a connection whose query did not end by itself is discarded.
 */
export async function* readMysql(
  pool: MysqlPool,
  query: ReadQuery,
  signal: AbortSignal,
  bounds: ReadBounds,
): AsyncGenerator<ReadBatch> {
  const clock = new ReadClock(query)
  const connection = await pool.acquire(signal).catch((error: unknown) => {
    clock.stop()
    throw error
  })
  clock.start()
  const rows = new RowFlow(connection, query, bounds, () => pool.discard(connection))
  const onAbort = (): void => rows.fail(signal.reason)
  signal.addEventListener('abort', onAbort)
  try {
    if (signal.aborted) onAbort()
    while (true) {
      const next = await rows.next()
      if (next.last) rows.finish()
      clock.pause()
      yield next
      if (next.last) return
      clock.resume()
    }
  } finally {
    clock.stop()
    signal.removeEventListener('abort', onAbort)
    if (rows.finished) pool.release(connection)
    else rows.fail(new StockdbError('CANCELLED', 'the caller broke off'))
  }
}

/** The rows of one running query, from mysql2's events to a consumer that pulls batches. */
class RowFlow {
  finished = false
  readonly #connection: PoolConnection
  readonly #socket: EventEmitter
  readonly #call = currentCall()
  readonly #builder: BatchBuilder
  readonly #discard: () => void
  readonly #translate: (error: unknown) => StockdbError
  readonly #silenceTimer: NodeJS.Timeout
  readonly #workTime: WorkTime
  #full: ReadBatch | undefined
  #ended = false
  #paused = false
  /** Rows since the silence timer was last looked at. */
  #heard = 0
  #failure: StockdbError | undefined
  #wake: (() => void) | undefined

  constructor(connection: PoolConnection, query: ReadQuery, bounds: ReadBounds, discard: () => void) {
    const { silenceTimeoutMs, statementTimeoutMs } = bounds
    this.#connection = connection
    this.#builder = new BatchBuilder(query.columns)
    this.#discard = discard
    this.#translate = query.ofCaller ? translateQueryError : translateMysqlError
    this.#silenceTimer = setTimeout(() => this.#onSilence(silenceTimeoutMs), silenceTimeoutMs)
    this.#workTime = new WorkTime(statementTimeoutMs, () => {
      const message = `the database worked longer than ${statementTimeoutMs} ms; ask for less at once`
      this.fail(new StockdbError('QUERY_TIMEOUT', message))
    })
    connection.on('error', this.#onError)
    connection.on('end', this.#onClose)
    // mysql2 does not declare it, and on some failures says nothing but closes it.
    this.#socket = (connection as unknown as { readonly stream: EventEmitter }).stream
    this.#socket.on('close', this.#onClose)
    const command = connection.execute({ sql: query.sql, values: query.parameters as never, rowsAsArray: true })
    // Declared as an object; with rowsAsArray it is the row's values.
    command.on('result', (row) => this.#onRow(row as unknown as unknown[]))
    command.on('end', () => this.#onEnd())
    command.on('error', this.#onError)
  }

  /** The next batch; throws the failure that ended the read. */
  async next(): Promise<ReadBatch> {
    while (!this.#full && !this.#ended && !this.#failure) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
    if (this.#failure) throw this.#failure
    const batch = this.#full ?? { batch: this.#builder.take(), last: true }
    this.#full = undefined
    // The next batch is read while this one is sent.
    this.#resume()
    return batch
  }

  /** The query ended by itself: the connection is as good as before. */
  finish(): void {
    this.finished = true
    this.#detach()
  }

  fail(reason: unknown): void {
    if (this.#failure || this.finished) return
    this.#failure = this.#translate(reason)
    this.#detach()
    this.#discard()
    this.#wake?.()
  }

  #onRow(row: unknown[]): void {
    if (this.#failure) return
    this.#heard++
    workingFor(this.#call)
    try {
      this.#builder.push(row)
      if (!this.#builder.full) return
      this.#full = { batch: this.#builder.take(), last: false }
      this.#connection.pause()
      this.#paused = true
      this.#workTime.pause()
      this.#wake?.()
    } catch (error) {
      this.fail(error)
    }
  }

  #onEnd(): void {
    this.#ended = true
    this.#wake?.()
  }

  #onSilence(silenceTimeoutMs: number): void {
    const heard = this.#heard
    this.#heard = 0
    if (heard > 0 || this.#paused || this.#ended) this.#silenceTimer.refresh()
    else this.fail(new StockdbError('QUERY_TIMEOUT', `the database sent nothing for ${silenceTimeoutMs} ms`))
  }

  readonly #onError = (error: unknown): void => this.fail(error)

  readonly #onClose = (): void => {
    if (!this.#ended) this.fail(new StockdbError('DATABASE_INTERRUPTED', 'the connection to the database was lost'))
  }

  #resume(): void {
    if (!this.#paused) return
    this.#paused = false
    this.#silenceTimer.refresh()
    this.#workTime.resume()
    this.#connection.resume()
  }

  #detach(): void {
    clearTimeout(this.#silenceTimer)
    this.#workTime.pause()
    this.#connection.off('error', this.#onError)
    this.#connection.off('end', this.#onClose)
    this.#socket.off('close', this.#onClose)
  }
}
