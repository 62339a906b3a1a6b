import type { SQLInputValue } from 'node:sqlite'
import { setImmediate } from 'node:timers/promises'
import { StockdbError } from '@stockdb/contract/wire'
import { BatchBuilder } from '../batch-builder.ts'
import type { ReadBatch, ReadQuery } from '../engine.ts'
import { type HeldState, type HeldStates, snapshotExpired } from '../held-states.ts'
import type { ReadObserver, ReadTimer } from '../observer.ts'
import { WorkTime } from '../work-time.ts'
import { translateSqliteError } from './errors.ts'
import type { Handle, ReadHandles } from './handles.ts'
import { translateQueryError } from './query-errors.ts'

/** Longest stretch for which a read keeps the event loop to itself, in milliseconds. */
const SLICE_MS = 5
/** Rows between two looks at the clock. */
const CLOCK_ROWS = 256

export interface ReadBounds {
  readonly statementTimeoutMs: number
  readonly maxSnapshotAgeMs: number
  readonly observer: ReadObserver
}

/** A handle that a read has, and where it goes afterwards. */
export interface Lease {
  readonly handle: Handle
  /** The last row was read. */
  ended(): void
  /** The read failed or was left. */
  broken(): void
  /** How long the read may wait for its reader, all waits together; without it somebody else sees to that. */
  readonly patienceMs?: number
  /** The state that it holds; without it somebody else sees to that. */
  readonly state?: HeldState
}

/** Runs a select on a handle of its own, and yields its rows in batches of typed arrays. */
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
  const lease: Lease = { handle, ended: giveBack, broken: giveBack, patienceMs: maxSnapshotAgeMs, state }
  yield* readOn(lease, query, signal, statementTimeoutMs, clock)
}

/**
 * Runs a select and yields its rows in batches of typed arrays. SQLite works in this thread, so a read goes in slices
 * of a few milliseconds between which other calls are served and `signal` and the time that the read has taken are
 * looked at: what SQLite does before its first row, such as a sort, cannot be interrupted. What may take long over it is
 * read by {@link readInSubprocess}.
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
        await setImmediate()
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

/** The rows of a running select. They can be given up between two rows, also while nobody asks for the next one. */
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

  /** The next row; `undefined` after the last one, when the handle is given back. Throws what `fail` was told. */
  next(): unknown[] | undefined {
    if (this.#failure !== undefined) throw this.#failure
    const { done, value } = this.#rows?.next() ?? { done: true }
    // Declared as an object; with setReturnArrays it is the row's values.
    if (!done) return value as unknown[]
    this.#close()
    this.#lease.ended()
    return undefined
  }

  /** Gives the rows up, unless the last one was read. */
  fail(reason: unknown): void {
    if (!this.#open) return
    this.#failure = reason
    this.#close()
    this.#lease.broken()
  }

  /** Gives the rows up if the last one was not read. Mostly it was, and no error is made: its stack takes long. */
  leave(): void {
    if (this.#open) this.fail(new StockdbError('CANCELLED', 'the caller broke off'))
  }

  /** A batch is handed on. */
  wait(): void {
    const { patienceMs } = this.#lease
    if (patienceMs === undefined) return
    if (this.#waitTime) this.#waitTime.resume()
    else this.#waitTime = new WorkTime(patienceMs, () => this.fail(snapshotExpired(patienceMs)))
  }

  /** The next batch is asked for. */
  goOn(): void {
    this.#waitTime?.pause()
  }

  #close(): void {
    this.#open = false
    this.#waitTime?.pause()
    // Resets the statement and with it, where no transaction holds it, the handle's snapshot.
    this.#rows?.return?.()
  }
}

export function tooLong(statementTimeoutMs: number): StockdbError {
  const message = `the database worked longer than ${statementTimeoutMs} ms; ask for less at once`
  return new StockdbError('QUERY_TIMEOUT', message)
}

/** SQLite has no booleans; everything else is bound as it is. */
export function toSqlite(value: unknown): SQLInputValue {
  return typeof value === 'boolean' ? Number(value) : (value as SQLInputValue)
}
