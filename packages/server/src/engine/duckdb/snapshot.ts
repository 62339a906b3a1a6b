import type { DuckDBConnection } from '@duckdb/node-api'
import { tableName } from '@stockdb/contract/internal'
import { StockdbError } from '@stockdb/contract/wire'
import type { ReadBatch, ReadQuery, Snapshot } from '../engine.ts'
import { snapshotExpired } from '../held-states.ts'
import { sequenceTable } from '../own-tables.ts'
import { translateDuckdbError } from './errors.ts'
import type { Lease } from './file.ts'
import { type Reading, readOn } from './reader.ts'
import { rowsOf } from './statements.ts'
import { threads } from './threads.ts'

/** Opens a snapshot: a transaction on a connection of its own. */
export async function openDuckdbSnapshot(reading: Reading, signal: AbortSignal): Promise<Snapshot> {
  const { slots, file, observer } = reading
  const clock = observer.read({ sql: 'begin', parameters: [] }, false)
  try {
    await slots.acquire(signal)
    let lease: Lease | undefined
    try {
      lease = await file.lease()
      const { connection } = lease
      const sequence = await threads.run(async () => {
        await connection.run('begin transaction read only')
        return lastWrite(connection)
      }, signal)
      return new DuckdbSnapshot(reading, lease, signal, sequence)
    } catch (error) {
      lease?.discard()
      slots.release()
      throw signal.aborted ? signal.reason : translateDuckdbError(error)
    }
  } finally {
    clock.stop()
  }
}

/** The number of the last write; `undefined` where there are no such numbers, which a failed statement would end the transaction for. */
async function lastWrite(connection: DuckDBConnection): Promise<number | undefined> {
  const table = tableName(sequenceTable)
  const [[tables] = []] = await rowsOf(connection, `select count(*) from duckdb_tables() where table_name = '${table}'`)
  if (Number(tables) === 0) return undefined
  const [[last] = []] = await rowsOf(connection, `select "last" from "${table}" where "id" = 1`)
  return Number(last ?? 0)
}

class DuckdbSnapshot implements Snapshot {
  readonly sequence: number | undefined
  readonly #reading: Reading
  readonly #lease: Lease
  readonly #signal: AbortSignal
  readonly #state: ReturnType<Reading['held']['hold']>
  readonly #timer: NodeJS.Timeout
  /** Fires when the snapshot ends before its time. */
  readonly #over = new AbortController()
  #isReading = false
  #open = true

  constructor(reading: Reading, lease: Lease, signal: AbortSignal, sequence: number | undefined) {
    this.sequence = sequence
    this.#reading = reading
    this.#lease = lease
    this.#signal = signal
    const { held, maxSnapshotAgeMs } = reading
    this.#state = held.hold()
    this.#state.expire = (reason) => this.#breakOff(reason)
    this.#timer = setTimeout(() => this.#breakOff(snapshotExpired(maxSnapshotAgeMs)), maxSnapshotAgeMs)
    signal.addEventListener('abort', this.#onAbort)
    if (signal.aborted) this.#onAbort()
  }

  read(query: ReadQuery, signal: AbortSignal): AsyncIterable<ReadBatch> {
    return this.#read(query, signal, false)
  }

  readLast(query: ReadQuery, signal: AbortSignal): AsyncIterable<ReadBatch> {
    return this.#read(query, signal, true)
  }

  end(): void {
    if (this.#open) this.#breakOff(new StockdbError('CANCELLED', 'the answer was cancelled'))
  }

  async *#read(query: ReadQuery, signal: AbortSignal, last: boolean): AsyncGenerator<ReadBatch> {
    this.#over.signal.throwIfAborted()
    if (!this.#open || this.#isReading)
      throw new TypeError('a snapshot reads one query at a time, and none after its end')
    this.#isReading = true
    const lease = {
      connection: this.#lease.connection,
      ended: () => {
        this.#isReading = false
        if (last) this.#close()
      },
      broken: () => {
        this.#isReading = false
        this.#close()
      },
    }
    const both = AbortSignal.any([signal, this.#over.signal])
    yield* readOn(lease, this.#reading, query, both, this.#reading.observer.read(query))
  }

  readonly #onAbort = (): void => this.#breakOff(this.#signal.reason)

  /** A running read is cancelled by the signal. */
  #breakOff(reason: unknown): void {
    const { signal } = this.#over
    if (!this.#open || signal.aborted) return
    this.#over.abort(reason)
    if (this.#open && !this.#isReading) this.#close()
  }

  /** The connection is closed with its transaction: that is done at once, and a new one takes less than a millisecond. */
  #close(): void {
    if (!this.#open) return
    this.#open = false
    clearTimeout(this.#timer)
    this.#signal.removeEventListener('abort', this.#onAbort)
    this.#reading.held.letGo(this.#state)
    this.#lease.discard()
    this.#reading.slots.release()
  }
}
