import type { Dataset } from '@stockdb/contract'
import { tableName } from '@stockdb/contract/internal'
import { StockdbError } from '@stockdb/contract/wire'
import type { PoolConnection } from 'mysql2'
import type { Bounds } from '../../bounds/settings.ts'
import type { ReadBatch, ReadQuery, Snapshot } from '../engine.ts'
import { type HeldStates, snapshotExpired } from '../held-states.ts'
import { sequenceTable } from '../own-tables.ts'
import { tableId } from '../table-ref.ts'
import { untilAborted } from '../until-aborted.ts'
import { mysqlDialect } from './dialect.ts'
import { isOfTable, ofRead } from './errors.ts'
import type { MysqlPool } from './pool.ts'
import { type Lease, type ReadBounds, readOn } from './reader.ts'
import { run } from './statements.ts'
import type { StorageEngines } from './storage-engines.ts'

type SnapshotBounds = ReadBounds & Pick<Bounds, 'maxSnapshotAgeMs'>

/** A database without numbers of writes is asked again after this time: a migration may have made the table. */
const WITHOUT_NUMBERS_MS = 60_000

/** The first row that is read fixes the state, because the sessions are set to REPEATABLE READ, and verified, when they begin. */
const START = 'start transaction read only'

/** The number of the last write. */
const LAST_WRITE = `select \`last\` from \`${tableName(sequenceTable)}\` where id = 1`

/** Tables that are locked with one statement. */
const AT_ONCE = 100

/** Timeout for ending a read-only transaction; then the connection is discarded. */
const COMMIT_TIMEOUT_MS = 5_000

/** Options of a snapshot. */
export interface SnapshotSources {
  readonly pool: MysqlPool
  readonly bounds: SnapshotBounds
  readonly held: HeldStates
  readonly storageEngines: StorageEngines
  readonly numbers: WriteNumbers
}

/** Whether a database numbers the writes to it, as far as it is known. */
export class WriteNumbers {
  #askAgainAt = 0

  get mayExist(): boolean {
    return performance.now() >= this.#askAgainAt
  }

  missing(): void {
    this.#askAgainAt = performance.now() + WITHOUT_NUMBERS_MS
  }
}

/** Opens a read-only transaction on a pooled connection. */
export async function openMysqlSnapshot(
  sources: SnapshotSources,
  datasets: readonly Dataset[],
  signal: AbortSignal,
): Promise<Snapshot> {
  const { pool, bounds, storageEngines } = sources
  const clock = bounds.observer.read({ sql: START, parameters: [] }, false)
  try {
    const connection = await pool.acquire(signal)
    clock.start()
    let refusal: StockdbError | undefined
    let sequence: number | undefined
    try {
      refusal = await untilAborted(storageEngines.refusal(connection, datasets), signal)
      if (!refusal) {
        await untilAborted(run(connection, START, [], 'query'), signal)
        const held = holdTables(connection, datasets, sources.numbers)
        sequence = await inTime(bounds.statementTimeoutMs, signal, held)
      }
    } catch (error) {
      pool.discard(connection)
      throw ofRead(error)
    }
    if (!refusal) return new MysqlSnapshot(sources, connection, signal, sequence)
    pool.release(connection)
    throw refusal
  } finally {
    clock.stop()
  }
}

/** Waits no longer than a statement may take: another session may have locked a table. */
async function inTime<Result>(timeoutMs: number, signal: AbortSignal, work: Promise<Result>): Promise<Result> {
  const late = new AbortController()
  const message = `the database worked longer than ${timeoutMs} ms; another session may hold a lock on a table`
  const timer = setTimeout(() => late.abort(new StockdbError('QUERY_TIMEOUT', message)), timeoutMs)
  try {
    return await untilAborted(work, AbortSignal.any([signal, late.signal]))
  } finally {
    clearTimeout(timer)
  }
}

/**
 * Locks the definitions of the tables until the transaction ends, before it has a state. Otherwise another table could be renamed
 * into the place of one between two reads, and its rows that are newer than the state would be missing without an error.
 *
 * The last such statement reads the number of the last write: it locks all its tables before it reads a row, which fixes the state.
 */
async function holdTables(
  connection: PoolConnection,
  datasets: readonly Dataset[],
  numbers: WriteNumbers,
): Promise<number | undefined> {
  const tables = [...new Set(datasets.map((dataset) => tableId(dataset).compile(mysqlDialect.kysely).sql))]
  // Not a join: of fifty tables the database would look for the best order.
  const each = tables.map((table) => `(select 1 from ${table} limit 0)`)
  const lastAt = Math.max(0, Math.ceil(each.length / AT_ONCE) - 1) * AT_ONCE
  for (let from = 0; from < lastAt; from += AT_ONCE) await hold(connection, each.slice(from, from + AT_ONCE))
  const rest = each.slice(lastAt)
  if (numbers.mayExist) {
    const all = await ifReadable(connection, [`(${LAST_WRITE})`, ...rest])
    if (all) return lastOf(all)
  }
  await hold(connection, rest)
  if (!numbers.mayExist) return undefined
  const alone = await ifReadable(connection, [LAST_WRITE])
  if (alone) return lastOf(alone)
  numbers.missing()
  return undefined
}

/** A table that cannot be read does not leave the others unheld. Its own read fails, and says more. */
async function hold(connection: PoolConnection, selects: readonly string[]): Promise<void> {
  if (selects.length === 0 || (await ifReadable(connection, selects)) || selects.length === 1) return
  for (const select of selects) await ifReadable(connection, [select])
}

/** The rows of selects; `undefined` if a table of them cannot be read, by anyone or by this account. */
async function ifReadable(
  connection: PoolConnection,
  selects: readonly string[],
): Promise<readonly unknown[][] | undefined> {
  return run<unknown[][]>(connection, selects.join(' union all '), [], 'query').catch((error: unknown) => {
    if (isOfTable(error)) return undefined
    throw error
  })
}

const lastOf = ([row]: readonly unknown[][]): number => Number(row?.[0] ?? 0)

class MysqlSnapshot implements Snapshot {
  readonly #sources: SnapshotSources
  readonly #connection: PoolConnection
  readonly #signal: AbortSignal
  readonly #state: ReturnType<HeldStates['hold']>
  readonly #timer: NodeJS.Timeout
  /** Fires when the snapshot ends early. */
  readonly #over = new AbortController()
  readonly sequence: number | undefined
  #reading = false
  #open = true

  constructor(sources: SnapshotSources, connection: PoolConnection, signal: AbortSignal, sequence: number | undefined) {
    this.sequence = sequence
    this.#sources = sources
    this.#connection = connection
    this.#signal = signal
    this.#state = sources.held.hold()
    const { maxSnapshotAgeMs } = sources.bounds
    this.#timer = setTimeout(() => this.#breakOff(snapshotExpired(maxSnapshotAgeMs)), maxSnapshotAgeMs)
    signal.addEventListener('abort', this.#onAbort)
    if (signal.aborted) this.#onAbort()
  }

  read(query: ReadQuery, signal: AbortSignal): AsyncIterable<ReadBatch> {
    return this.#read(query, signal, () => {})
  }

  readLast(query: ReadQuery, signal: AbortSignal): AsyncIterable<ReadBatch> {
    return this.#read(query, signal, () => this.#commit())
  }

  end(): void {
    if (this.#reading) this.#breakOff(new StockdbError('CANCELLED', 'the answer was cancelled'))
    else this.#commit()
  }

  #read(query: ReadQuery, signal: AbortSignal, onEnd: () => void): AsyncGenerator<ReadBatch> {
    return readOn(() => this.#lease(onEnd), query, signal, this.#sources.bounds)
  }

  #lease(onEnd: () => void): Lease {
    this.#over.signal.throwIfAborted()
    if (!this.#open || this.#reading)
      throw new TypeError('a snapshot reads one query at a time, and none after its end')
    this.#reading = true
    return {
      connection: this.#connection,
      over: this.#over.signal,
      ended: () => {
        this.#reading = false
        onEnd()
      },
      broken: () => {
        this.#reading = false
        this.#discard()
      },
    }
  }

  readonly #onAbort = (): void => this.#breakOff(this.#signal.reason)

  /** A running read is notified by the signal, and discards the connection. */
  #breakOff(reason: unknown): void {
    const { signal } = this.#over
    if (!this.#open || signal.aborted) return
    this.#over.abort(reason)
    if (this.#open && !this.#reading) this.#discard()
  }

  #commit(): void {
    if (!this.#open) return
    this.#forget()
    const { pool } = this.#sources
    // Not awaited: every row has arrived.
    this.#connection.query({ sql: 'commit', timeout: COMMIT_TIMEOUT_MS }, (error) => {
      if (error) pool.discard(this.#connection)
      else pool.release(this.#connection)
    })
  }

  #discard(): void {
    if (!this.#open) return
    this.#forget()
    this.#sources.pool.discard(this.#connection)
  }

  /** From here on another caller may have the connection. */
  #forget(): void {
    this.#open = false
    clearTimeout(this.#timer)
    this.#signal.removeEventListener('abort', this.#onAbort)
    this.#sources.held.letGo(this.#state)
  }
}
