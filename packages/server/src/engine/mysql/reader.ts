import type { Socket } from 'node:net'
import { StockdbError } from '@stockdb/contract/wire'
import type { PoolConnection } from 'mysql2'
import type { Bounds } from '../../bounds/settings.ts'
import { turnShare } from '../../bounds/turn-share.ts'
import { BatchBuilder } from '../batch-builder.ts'
import type { ReadBatch, ReadQuery } from '../engine.ts'
import { type HeldStates, snapshotExpired } from '../held-states.ts'
import type { ReadObserver } from '../observer.ts'
import { WorkTime } from '../work-time.ts'
import type { ColumnCheck } from './column-check.ts'
import { ofRead, translateMysqlError } from './errors.ts'
import { socketOf } from './mysql2-inside.ts'
import type { MysqlPool } from './pool.ts'
import { translateQueryError } from './query-errors.ts'
import { Answer } from './read-answer.ts'

export type ReadBounds = Pick<Bounds, 'silenceTimeoutMs' | 'statementTimeoutMs'> & {
  readonly columnCheck: ColumnCheck
  readonly observer: ReadObserver
}

/** A leased connection of a read, and how to return it. */
export interface Lease {
  readonly connection: PoolConnection
  /** The database has sent the last row. */
  ended(): void
  /** The read failed or was cancelled: something may still run on the connection. */
  broken(): void
  /** Total time that the read may wait for its consumer; undefined if the snapshot limits that. */
  readonly maxWaitMs?: number
  /** Also ends the read. */
  readonly over?: AbortSignal
}

/** Runs a prepared select on a pooled connection, and yields its rows in batches of typed arrays. */
export function readMysql(
  pool: MysqlPool,
  query: ReadQuery,
  signal: AbortSignal,
  bounds: ReadBounds & Pick<Bounds, 'maxSnapshotAgeMs'>,
  held: HeldStates,
): AsyncGenerator<ReadBatch> {
  return readOn(() => leaseOwn(pool, query, signal, bounds, held), query, signal, bounds)
}

async function leaseOwn(
  pool: MysqlPool,
  query: ReadQuery,
  signal: AbortSignal,
  { maxSnapshotAgeMs }: Pick<Bounds, 'maxSnapshotAgeMs'>,
  held: HeldStates,
): Promise<Lease> {
  const connection = await pool.acquire(signal)
  const state = held.hold()
  const full = query.ofCaller ? new AbortController() : undefined
  const unwatch = full && pool.watchDisk(connection, (error) => full.abort(error))
  return {
    connection,
    maxWaitMs: maxSnapshotAgeMs,
    ...(full ? { over: full.signal } : {}),
    ended: () => {
      unwatch?.()
      held.letGo(state)
      pool.release(connection)
    },
    broken: () => {
      unwatch?.()
      held.letGo(state)
      pool.discard(connection)
    },
  }
}

/**
 * Runs a prepared select on a connection and yields its rows in batches of typed arrays.
 *
 * Rows go from the socket into the arrays of a batch; the socket is paused while a full batch waits for its
 * consumer, which applies backpressure to the database through TCP. The read fails if the query is killed, if the
 * connection is lost (mysql2 then notifies only the connection, not the query: its issue #3082), if nothing arrives for
 * `silenceTimeoutMs`, if the database has worked for `statementTimeoutMs`, and if `signal` fires; a connection whose
 * query did not end by itself is discarded.
 */
export async function* readOn(
  open: () => Lease | Promise<Lease>,
  query: ReadQuery,
  signal: AbortSignal,
  bounds: ReadBounds,
): AsyncGenerator<ReadBatch> {
  const clock = bounds.observer.read(query)
  let over: AbortSignal | undefined
  let rows: RowFlow | undefined
  const onAbort = (): void => rows?.fail(signal.aborted ? signal.reason : over?.reason)
  try {
    const lease = await open()
    clock.start()
    rows = new RowFlow(lease, query, bounds)
    over = lease.over
    // Listens to both: `AbortSignal.any` takes longer than the rest of a small read.
    signal.addEventListener('abort', onAbort)
    over?.addEventListener('abort', onAbort)
    if (signal.aborted || over?.aborted) onAbort()
    while (true) {
      const next = await rows.next()
      clock.pause()
      yield next
      if (next.last) return
      clock.resume()
    }
  } finally {
    clock.stop()
    signal.removeEventListener('abort', onAbort)
    over?.removeEventListener('abort', onAbort)
    rows?.leave()
  }
}

/** The rows of one running query, from the socket to a consumer that pulls batches. */
class RowFlow {
  readonly #lease: Lease
  readonly #connection: PoolConnection
  readonly #socket: Socket
  /** Attributes the following work to the call. */
  readonly #working: () => void
  readonly #builder: BatchBuilder
  /** Absent while it is asked for, when the connection may fail already. */
  #answer: Answer | undefined
  readonly #translate: (error: unknown) => StockdbError
  readonly #silenceTimer: NodeJS.Timeout
  readonly #workTime: WorkTime
  /** Runs while the connection is paused; created at the first pause. */
  #waitTime: WorkTime | undefined
  #full: ReadBatch | undefined
  #ended = false
  #paused = false
  /** Whether the connection is paused until others had their turn. */
  #givesWay = false
  /** Whether something arrived since the last check of the silence timer. */
  #heard = false
  #failure: StockdbError | undefined
  #wake: (() => void) | undefined

  constructor(
    lease: Lease,
    query: ReadQuery,
    { silenceTimeoutMs, statementTimeoutMs, columnCheck, observer }: ReadBounds,
  ) {
    this.#working = observer.worker()
    const { connection } = lease
    this.#lease = lease
    this.#connection = connection
    this.#builder = new BatchBuilder(query.columns)
    this.#translate = (error) =>
      columnCheck.failed(query, ofRead((query.ofCaller ? translateQueryError : translateMysqlError)(error)))
    this.#silenceTimer = setTimeout(() => this.#onSilence(silenceTimeoutMs), silenceTimeoutMs)
    this.#workTime = new WorkTime(statementTimeoutMs, () => {
      const message = `the database worked longer than ${statementTimeoutMs} ms; ask for less at once`
      this.fail(new StockdbError('QUERY_TIMEOUT', message))
    })
    connection.on('error', this.#onError)
    connection.on('end', this.#onClose)
    // On some failures mysql2 says nothing but closes it.
    this.#socket = socketOf(connection)
    this.#socket.on('close', this.#onClose)
    this.#answer = new Answer(connection, query, this.#builder, columnCheck, {
      read: () => this.#onRead(),
      ended: () => this.#onEnd(),
      failed: this.#onError,
    })
    if (this.#failure) this.#answer.leave()
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
    // Read ahead: the next batch arrives while this one is sent.
    this.#resume()
    return batch
  }

  /** Ends the read with an error, unless it has already received the last row or failed. */
  fail(reason: unknown): void {
    if (this.#failure || this.#ended) return
    this.#failure = this.#translate(reason)
    this.#answer?.leave()
    this.#detach()
    this.#lease.broken()
    this.#wake?.()
  }

  /** Ends the read if it still runs. Usually it does not, and the cost of an error with its stack is avoided. */
  leave(): void {
    if (!this.#failure && !this.#ended) this.fail(new StockdbError('CANCELLED', 'the caller cancelled'))
  }

  #onRead(): void {
    this.#heard = true
    this.#working()
    // A socket may hand over what it had read before it was paused; that is kept.
    if (!this.#answer || this.#paused) return
    if (!this.#answer.paused) {
      this.#giveWay()
      return
    }
    this.#full = { batch: this.#builder.take(), last: false }
    this.#socket.pause()
    this.#paused = true
    this.#workTime.pause()
    this.#waitForReader()
    this.#wake?.()
  }

  /** The query ended by itself: the connection can be reused, even before the last rows are consumed. */
  #onEnd(): void {
    if (this.#failure) return
    this.#ended = true
    this.#detach()
    this.#lease.ended()
    this.#wake?.()
  }

  /** Lets others have their turn: libuv reads up to 32 times in a turn from a socket that has more. */
  #giveWay(): void {
    if (!turnShare.spent || this.#givesWay) return
    this.#givesWay = true
    this.#socket.pause()
    void turnShare.pass().then(() => {
      this.#givesWay = false
      // The next read on this connection expects it to flow.
      if (!this.#paused) this.#socket.resume()
    })
  }

  #waitForReader(): void {
    const { maxWaitMs } = this.#lease
    if (maxWaitMs === undefined) return
    if (this.#waitTime) this.#waitTime.resume()
    else this.#waitTime = new WorkTime(maxWaitMs, () => this.fail(snapshotExpired(maxWaitMs)))
  }

  #onSilence(silenceTimeoutMs: number): void {
    const heard = this.#heard
    this.#heard = false
    if (heard || this.#paused) this.#silenceTimer.refresh()
    else this.fail(new StockdbError('QUERY_TIMEOUT', `the database sent nothing for ${silenceTimeoutMs} ms`))
  }

  readonly #onError = (error: unknown): void => this.fail(error)

  readonly #onClose = (): void =>
    this.fail(new StockdbError('DATABASE_INTERRUPTED', 'the connection to the database was lost'))

  #resume(): void {
    if (!this.#paused) return
    this.#paused = false
    this.#silenceTimer.refresh()
    this.#workTime.resume()
    this.#waitTime?.pause()
    this.#socket.resume()
    this.#answer?.resume()
  }

  #detach(): void {
    clearTimeout(this.#silenceTimer)
    this.#workTime.pause()
    this.#waitTime?.pause()
    this.#connection.off('error', this.#onError)
    this.#connection.off('end', this.#onClose)
    this.#socket.off('close', this.#onClose)
  }
}
