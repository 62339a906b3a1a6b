import type { DuckDBDataChunk, DuckDBResult } from '@duckdb/node-api'
import { StockdbError } from '@stockdb/contract/wire'
import type { Semaphore } from '../../bounds/semaphore.ts'
import { BatchBuilder } from '../batch-builder.ts'
import type { ReadBatch, ReadQuery } from '../engine.ts'
import { type HeldState, type HeldStates, snapshotExpired } from '../held-states.ts'
import type { ReadObserver, ReadTimer } from '../observer.ts'
import { tablesOf } from '../read-tables.ts'
import type { TableChanges } from '../table-changes.ts'
import { WorkTime } from '../work-time.ts'
import { checkTypes } from './column-check.ts'
import { isFatal, translateDuckdbError, translateQueryError } from './errors.ts'
import type { DuckdbFile, Lease as FileLease } from './file.ts'
import { prepared } from './statements.ts'
import { pushRows, type Reader, readerOf } from './values.ts'
import { Work } from './work.ts'

/** What reads are made with. */
export interface Reading {
  readonly file: DuckdbFile
  readonly slots: Semaphore
  readonly held: HeldStates
  readonly changes: TableChanges
  readonly observer: ReadObserver
  readonly statementTimeoutMs: number
  readonly maxSnapshotAgeMs: number
}

/** A connection that a read has, and where it goes afterwards. */
export interface Lease {
  readonly connection: FileLease['connection']
  /** The last row was read. */
  ended(): void
  /** The read failed or was left. */
  broken(): void
  /** How long the read may wait for its reader, all waits together; without it somebody else sees to that. */
  readonly maxWaitMs?: number
  /** The state that it holds; without it somebody else sees to that. */
  readonly state?: HeldState
}

/** Runs a select on a connection of its own, and yields its rows in batches of typed arrays. */
export async function* readDuckdb(reading: Reading, query: ReadQuery, signal: AbortSignal): AsyncGenerator<ReadBatch> {
  const { file, slots, held, observer, maxSnapshotAgeMs } = reading
  const clock = observer.read(query)
  let own: FileLease
  try {
    await slots.acquire(signal)
    own = await file.lease().catch((error: unknown) => {
      slots.release()
      throw error
    })
  } catch (error) {
    clock.stop()
    throw error
  }
  const state = held.hold()
  const end = (how: 'giveBack' | 'discard') => (): void => {
    held.letGo(state)
    own[how]()
    slots.release()
  }
  const lease: Lease = {
    connection: own.connection,
    ended: end('giveBack'),
    broken: end('discard'),
    maxWaitMs: maxSnapshotAgeMs,
    state,
  }
  yield* readOn(lease, reading, query, signal, clock)
}

/** Runs a select on a connection. DuckDB works on a thread of Node, part by part, and gives 2,048 rows at a time. */
export async function* readOn(
  lease: Lease,
  reading: Reading,
  query: ReadQuery,
  signal: AbortSignal,
  clock: ReadTimer,
): AsyncGenerator<ReadBatch> {
  clock.start()
  const rows = new OpenRows(lease, reading, query)
  if (lease.state) lease.state.expire = (reason) => rows.fail(reason)
  const onAbort = (): void => rows.fail(signal.reason)
  signal.addEventListener('abort', onAbort)
  try {
    if (signal.aborted) onAbort()
    await rows.begin()
    while (true) {
      const next = await rows.next()
      clock.pause()
      if (!next.last) rows.wait()
      yield next
      if (next.last) return
      rows.goOn()
      clock.resume()
    }
  } finally {
    clock.stop()
    signal.removeEventListener('abort', onAbort)
    rows.leave()
  }
}

function tooLong(statementTimeoutMs: number): StockdbError {
  return new StockdbError(
    'QUERY_TIMEOUT',
    `the database worked longer than ${statementTimeoutMs} ms; ask for less at once`,
  )
}

/** The rows of a running select. They can be given up between two steps and during one, also while nobody asks for the next batch. */
class OpenRows {
  readonly #lease: Lease
  readonly #reading: Reading
  readonly #query: ReadQuery
  readonly #work: Work
  readonly #working: () => void
  readonly #builder: BatchBuilder
  readonly #row: unknown[]
  #readers: readonly Reader[] = []
  #result: DuckDBResult | undefined
  #destroy: (() => void) | undefined
  #chunk: DuckDBDataChunk | undefined
  /** The next row of the chunk. */
  #at = 0
  #waitTime: WorkTime | undefined
  #open = true

  constructor(lease: Lease, reading: Reading, query: ReadQuery) {
    this.#lease = lease
    this.#reading = reading
    this.#query = query
    this.#working = reading.observer.worker()
    this.#builder = new BatchBuilder(query.columns)
    this.#row = new Array(query.columns.length).fill(null)
    const { statementTimeoutMs } = reading
    this.#work = new Work(lease.connection, (error) => this.#translated(error), {
      timeoutMs: statementTimeoutMs,
      late: () => tooLong(statementTimeoutMs),
    })
  }

  async begin(): Promise<void> {
    const { sql, parameters } = this.#query
    await this.#guarded(async () => {
      this.#result = await this.#work.step(async () => {
        const statement = await prepared(this.#lease.connection, sql, parameters)
        this.#destroy = () => statement.destroySync()
        return statement.stream()
      })
      const types = this.#result.columnTypes().map(String)
      checkTypes(this.#query, types, this.#reading.changes)
      this.#builder.singles = types.flatMap((type, at) => (type === 'FLOAT' ? [at] : []))
      this.#readers = types.map((type, at) => readerOf(type, this.#query.columns[at]?.dateFormat))
    })
  }

  /** The next batch; throws what the rows were given up with. */
  next(): Promise<ReadBatch> {
    return this.#guarded(async () => {
      const push = (row: readonly unknown[]): boolean => {
        this.#builder.push(row)
        return this.#builder.full
      }
      while (true) {
        if (!this.#chunk || this.#at >= this.#chunk.rowCount) {
          this.#chunk = (await this.#work.step(() => (this.#result as DuckDBResult).fetchChunk())) ?? undefined
          this.#working()
          this.#at = 0
          if (!this.#chunk || this.#chunk.rowCount === 0) {
            this.#close('ended')
            return { batch: this.#builder.take(), last: true }
          }
        }
        this.#at = pushRows(this.#chunk, this.#readers, this.#row, this.#at, push)
        if (this.#builder.full) return { batch: this.#builder.take(), last: false }
      }
    })
  }

  /** Gives the rows up, unless the last one was read. */
  fail(reason: unknown): void {
    if (!this.#open) return
    this.#work.fail(reason)
    // A running step fails first.
    if (!this.#work.working) this.#close('broken')
  }

  /** Gives the rows up if the last one was not read. */
  leave(): void {
    if (this.#open) this.fail(new StockdbError('CANCELLED', 'the caller left'))
  }

  /** A batch is handed on. */
  wait(): void {
    const { maxWaitMs } = this.#lease
    if (maxWaitMs === undefined) return
    if (this.#waitTime) this.#waitTime.resume()
    else this.#waitTime = new WorkTime(maxWaitMs, () => this.fail(snapshotExpired(maxWaitMs)))
  }

  /** The next batch is asked for. */
  goOn(): void {
    this.#waitTime?.pause()
  }

  async #guarded<Result>(act: () => Promise<Result>): Promise<Result> {
    try {
      return await act()
    } catch (error) {
      this.#work.fail(error)
      this.#close('broken')
      throw error
    }
  }

  #translated(error: unknown): StockdbError {
    if (isFatal(error)) this.#reading.file.reopen()
    const ours = (this.#query.ofCaller ? translateQueryError : translateDuckdbError)(error)
    // Statements are ours, so that one which cannot be understood speaks of another table than was described.
    if (ours.code === 'SCHEMA_MISMATCH' || ours.code === 'INTERNAL') this.#reading.changes.doubt(tablesOf(this.#query))
    return ours
  }

  #close(how: 'ended' | 'broken'): void {
    if (!this.#open) return
    this.#open = false
    this.#waitTime?.pause()
    this.#chunk = undefined
    this.#result = undefined
    this.#destroy?.()
    this.#lease[how]()
  }
}
