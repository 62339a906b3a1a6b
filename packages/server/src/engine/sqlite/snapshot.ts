import { tableName } from '@stockdb/contract/internal'
import { plainValues, StockdbError } from '@stockdb/contract/wire'
import type { ReadBatch, ReadQuery, Snapshot } from '../engine.ts'
import { snapshotExpired } from '../held-states.ts'
import { sequenceTable } from '../own-tables.ts'
import { translateSqliteError } from './errors.ts'
import type { Handle, ReadHandles } from './handles.ts'
import { readAhead } from './read-ahead.ts'
import { readOn } from './reader.ts'
import { type Apart, readIn } from './subprocess/read-in-subprocess.ts'
import type { StatementProcess } from './subprocess/statement-process.ts'
import { whenUnlocked } from './when-unlocked.ts'

/** The number of the last write. */
const LAST_WRITE: ReadQuery = {
  sql: `select "last" from "${tableName(sequenceTable)}" where "id" = 1`,
  parameters: [],
  columns: [{ name: 'last', type: 'int64', nullable: true }],
}

/** Opens a snapshot in a read slot; its state is that of its first read. */
export async function openSqliteSnapshot(
  handles: ReadHandles,
  subprocess: Apart,
  signal: AbortSignal,
): Promise<Snapshot> {
  const clock = subprocess.observer.read({ sql: 'begin', parameters: [] }, false)
  try {
    await subprocess.slots.acquire(signal)
    await handles.whenReadable().catch((error: unknown) => {
      subprocess.slots.release()
      throw error
    })
  } finally {
    clock.stop()
  }
  return new SqliteSnapshot(handles, subprocess, signal)
}

/** Whether the error says that a table or a column is missing. */
const isMissing = (error: unknown): boolean => translateSqliteError(error).code === 'SCHEMA_MISMATCH'

/** The holder of a snapshot: a handle of this process, or a subprocess. */
type Place = { readonly handle: Handle } | { readonly process: StatementProcess<'batches'> }

class SqliteSnapshot implements Snapshot {
  readonly #handles: ReadHandles
  readonly #subprocess: Apart
  readonly #signal: AbortSignal
  #state: ReturnType<Apart['held']['hold']> | undefined
  #timer: NodeJS.Timeout | undefined
  /** Fires when the snapshot ends early. */
  readonly #over = new AbortController()
  /** Decided by the first read: if it may run long, all reads use a subprocess. */
  #place: Place | undefined
  #sequence: number | undefined
  #reading = false
  #open = true

  constructor(handles: ReadHandles, subprocess: Apart, signal: AbortSignal) {
    this.#handles = handles
    this.#subprocess = subprocess
    this.#signal = signal
    signal.addEventListener('abort', this.#onAbort)
    if (signal.aborted) this.#onAbort()
  }

  get sequence(): number | undefined {
    return this.#sequence
  }

  read(query: ReadQuery, signal: AbortSignal): AsyncIterable<ReadBatch> {
    return this.#read(query, signal, false)
  }

  readLast(query: ReadQuery, signal: AbortSignal): AsyncIterable<ReadBatch> {
    if (!this.#subprocess.file.locks) return this.#read(query, signal, true)
    return readAhead((both) => this.#read(query, both, true), signal)
  }

  end(): void {
    if (this.#open) this.#breakOff(new StockdbError('CANCELLED', 'the answer was cancelled'))
  }

  async *#read(query: ReadQuery, signal: AbortSignal, last: boolean): AsyncGenerator<ReadBatch> {
    this.#over.signal.throwIfAborted()
    if (!this.#open || this.#reading)
      throw new TypeError('a snapshot reads one query at a time, and none after its end')
    this.#reading = true
    const ended = (): void => {
      this.#reading = false
      if (last) this.#close()
    }
    const broken = (): void => {
      this.#reading = false
      this.#close('broken')
    }
    const both = AbortSignal.any([signal, this.#over.signal])
    const isFirst = this.#place === undefined
    let place: Place
    try {
      place = this.#place ??= this.#begin(query)
      if (isFirst) this.#sequence = await this.#readSequence(place, both)
    } catch (error) {
      broken()
      throw translateSqliteError(error)
    }
    const clock = this.#subprocess.observer.read(query)
    if ('handle' in place) {
      yield* readOn({ ...place, ended, broken }, query, both, this.#subprocess.statementTimeoutMs, clock)
      return
    }
    clock.start()
    try {
      for await (const part of readIn(
        { ...place, ended, broken },
        this.#subprocess,
        query,
        both,
        last ? 'last' : 'open',
      )) {
        clock.pause()
        yield part
        clock.resume()
      }
    } finally {
      clock.stop()
    }
  }

  /** Fixes the state, and reads the number of its last write; `undefined` where there are no such numbers. */
  async #readSequence(place: Place, signal: AbortSignal): Promise<number | undefined> {
    if ('handle' in place) {
      const { handle } = place
      // A writer may have locked the file since it could be read. Without a state, nothing is read twice.
      await whenUnlocked(() => {
        signal.throwIfAborted()
        handle.prepare('pragma schema_version').get()
      })
      try {
        return Number(handle.prepare(LAST_WRITE.sql).get()?.last ?? 0)
      } catch (error) {
        if (isMissing(error)) return undefined
        throw error
      }
    }
    const lease = { ...place, ended: () => {}, broken: () => this.#close('broken') }
    try {
      for await (const { batch } of readIn(lease, this.#subprocess, LAST_WRITE, signal, 'open')) {
        const [vector] = batch.vectors
        return batch.numRows === 0 || !vector ? 0 : Number(plainValues(vector)[0] ?? 0)
      }
    } catch (error) {
      // A file that stayed locked is no file without numbers.
      if (!isMissing(error)) throw error
    }
    return undefined
  }

  #begin({ ofCaller, long }: ReadQuery): Place {
    const { held, maxSnapshotAgeMs } = this.#subprocess
    this.#state = held.hold()
    this.#state.expire = (reason) => this.#breakOff(reason)
    this.#timer = setTimeout(() => this.#breakOff(snapshotExpired(maxSnapshotAgeMs)), maxSnapshotAgeMs)
    if (ofCaller || long) return { process: this.#subprocess.processes.take() }
    const handle = this.#handles.take()
    this.#place = { handle }
    handle.database.exec('begin')
    return { handle }
  }

  readonly #onAbort = (): void => this.#breakOff(this.#signal.reason)

  /** A running read is cancelled by the signal. */
  #breakOff(reason: unknown): void {
    const { signal } = this.#over
    if (!this.#open || signal.aborted) return
    this.#over.abort(reason)
    if (this.#open && !this.#reading) this.#close('broken')
  }

  #close(how?: 'broken'): void {
    if (!this.#open) return
    this.#open = false
    clearTimeout(this.#timer)
    this.#signal.removeEventListener('abort', this.#onAbort)
    if (this.#state) this.#subprocess.held.letGo(this.#state)
    const place = this.#place
    if (place && 'handle' in place) {
      if (place.handle.database.isTransaction) place.handle.database.exec('rollback')
      this.#handles.release(place.handle)
      return
    }
    if (place && how === 'broken') place.process.kill()
    else if (place) this.#subprocess.processes.giveBack(place.process)
    this.#subprocess.slots.release()
  }
}
