import type { SQLInputValue } from 'node:sqlite'
import { StockdbError } from '@stockdb/contract/wire'
import { turnShare } from '../../bounds/turn-share.ts'
import { BatchBuilder } from '../batch-builder.ts'
import type { ReadBatch, ReadQuery } from '../engine.ts'
import { type HeldState, type HeldStates, snapshotExpired } from '../held-states.ts'
import type { ReadObserver, ReadTimer } from '../observer.ts'
import { WorkTime } from '../work-time.ts'
import { translateSqliteError } from './errors.ts'
import type { Handle, ReadHandles } from './handles.ts'
import { translateQueryError } from './query-errors.ts'

/** Maximum time that a read blocks the event loop, in milliseconds. */
const SLICE_MS = 5
/** Rows between two checks of the clock. */
const CLOCK_ROWS = 256

export interface ReadBounds {
  readonly statementTimeoutMs: number
  readonly maxSnapshotAgeMs: number
  readonly observer: ReadObserver
}

/** A leased handle of a read, and how to return it. */
export interface Lease {
  readonly handle: Handle
  /** The last row was read. */
  ended(): void
  /** The read failed or was cancelled. */
  broken(): void
  /** Total time that the read may wait for its consumer; undefined if the snapshot limits that. */
  readonly maxWaitMs?: number
  /** The snapshot that it holds; undefined if the caller manages it. */
  readonly state?: HeldState
}

/** Runs a select on a pooled handle, and yields its rows in batches of typed arrays. */
export async function* readSqlite(
  handles: ReadHandles,
  query: ReadQuery,
  signal: AbortSignal,
  { statementTimeoutMs, maxSnapshotAgeMs, observer }: ReadBounds,
  held: HeldStates,
): AsyncGenerator<ReadBatch> {
  const clock = observer.read(query)
  const handle = await handles.acquire(signal).catch((error: unknown) => {
    clock.stop()
    throw error
  })
  const state = held.hold()
  const giveBack = (): void => {
    held.letGo(state)
    handles.release(handle)
  }
  const lease: Lease = { handle, ended: giveBack, broken: giveBack, maxWaitMs: maxSnapshotAgeMs, state }
  yield* readOn(lease, query, signal, statementTimeoutMs, clock)
}

/**
 * Runs a select and yields its rows in batches of typed arrays. SQLite works in this thread, so a read runs in slices
 * of a few milliseconds, between which other calls are served and `signal` and the time limit are checked. SQLite's
 * work before the first row, such as a sort, cannot be interrupted; queries with long work of this kind use {@link
 * readInSubprocess}.
 */
export async function* readOn(
  lease: Lease,
  query: ReadQuery,
  signal: AbortSignal,
  statementTimeoutMs: number,
  clock: ReadTimer,
): AsyncGenerator<ReadBatch> {
  clock.start()
  const rows = new OpenRows(lease, query)
  if (lease.state) lease.state.expire = (reason) => rows.fail(reason)
  const onAbort = (): void => rows.fail(signal.reason)
  signal.addEventListener('abort', onAbort)
  try {
    if (signal.aborted) onAbort()
    const { builder } = rows
    let workedMs = 0
    let sliceStart = performance.now()
    for (let count = 1; ; count++) {
      const row = rows.next()
      if (count === 1) lease.handle.schema?.check(lease.handle, query)
      if (!row) break
      builder.push(row)
      if (builder.full) {
        clock.pause()
        workedMs += performance.now() - sliceStart
        rows.wait()
        yield { batch: builder.take(), last: false }
        rows.goOn()
        clock.resume()
        sliceStart = performance.now()
      } else if (count % CLOCK_ROWS === 0 && performance.now() > sliceStart + SLICE_MS) {
        workedMs += performance.now() - sliceStart
        if (workedMs > statementTimeoutMs) throw tooLong(statementTimeoutMs)
        await turnShare.pass()
        sliceStart = performance.now()
      }
    }
    clock.pause()
    yield { batch: builder.take(), last: true }
  } catch (error) {
    throw query.ofCaller ? translateQueryError(error) : translateSqliteError(error)
  } finally {
    clock.stop()
    signal.removeEventListener('abort', onAbort)
    rows.leave()
  }
}

/** The rows of a running select, which can be cancelled between two rows, even without a pending request. */
class OpenRows {
  readonly builder: BatchBuilder
  readonly #lease: Lease
  #rows: Iterator<unknown> | undefined
  #waitTime: WorkTime | undefined
  #open = true
  #failure: unknown

  constructor(lease: Lease, { sql, parameters, columns }: ReadQuery) {
    this.#lease = lease
    this.builder = new BatchBuilder(columns, { textDates: true })
    try {
      const statement = lease.handle.prepare(sql)
      statement.setReturnArrays(true)
      statement.setReadBigInts(columns.some(({ type }) => type === 'int64'))
      this.#rows = statement.iterate(...parameters.map(toSqlite)) as Iterator<unknown>
    } catch (error) {
      this.fail(error)
    }
  }

  /** The next row; `undefined` after the last one, when the handle is returned. Throws the error passed to `fail`. */
  next(): unknown[] | undefined {
    if (this.#failure !== undefined) throw this.#failure
    const { done, value } = this.#rows?.next() ?? { done: true }
    // Declared as an object; with setReturnArrays it is the row's values.
    if (!done) return value as unknown[]
    this.#close()
    this.#lease.ended()
    return undefined
  }

  /** Cancels, unless the last row was read. */
  fail(reason: unknown): void {
    if (!this.#open) return
    this.#failure = reason
    this.#close()
    this.#lease.broken()
  }

  /** Cancels if the last row was not read. Usually it was, and the cost of an error with its stack is avoided. */
  leave(): void {
    if (this.#open) this.fail(new StockdbError('CANCELLED', 'the caller cancelled'))
  }

  /** A batch is delivered. */
  wait(): void {
    const { maxWaitMs } = this.#lease
    if (maxWaitMs === undefined) return
    if (this.#waitTime) this.#waitTime.resume()
    else this.#waitTime = new WorkTime(maxWaitMs, () => this.fail(snapshotExpired(maxWaitMs)))
  }

  /** The next batch is requested. */
  goOn(): void {
    this.#waitTime?.pause()
  }

  #close(): void {
    this.#open = false
    this.#waitTime?.pause()
    // Resets the statement and, outside a transaction, the handle's snapshot.
    this.#rows?.return?.()
  }
}

export function tooLong(statementTimeoutMs: number): StockdbError {
  const message = `the database worked longer than ${statementTimeoutMs} ms; ask for less at once`
  return new StockdbError('QUERY_TIMEOUT', message)
}

/** SQLite has no booleans; other values are bound unchanged. */
export function toSqlite(value: unknown): SQLInputValue {
  return typeof value === 'boolean' ? Number(value) : (value as SQLInputValue)
}
