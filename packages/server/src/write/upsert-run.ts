import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Dataset } from '@stockdb/contract'
import type { StoredValue } from '@stockdb/contract/internal'
import type { UpsertResult, WriteMode } from '@stockdb/contract/wire'
import { StockdbError } from '@stockdb/contract/wire'
import type { Bounds } from '../bounds/settings.ts'
import type { Engine, UpsertCounts, WriteTransaction } from '../engine/engine.ts'
import { ChangeSpan } from '../engine/record-change.ts'
import { retryConflicts } from '../engine/retry-conflicts.ts'
import { untilAborted } from '../engine/until-aborted.ts'
import { WriteConflict } from '../engine/write-conflict.ts'
import { beginTimed } from './begin-timed.ts'
import { RowsExist } from './existing-rows.ts'
import { finishWrites, type WrittenRows } from './finish-writes.ts'
import { claimKey, type Settled, sameWrite, type WriteKey } from './idempotency.ts'
import type { Place } from './place.ts'
import type { RowChecker } from './row-checker.ts'
import type { RowSource } from './row-source.ts'
import type { WritableTable } from './writable-table.ts'
import { MAX_ROWS_TOGETHER, type WriteGroups } from './write-groups.ts'

/** Rows handed to the database in one go. */
const CHUNK_ROWS = 4_096
/** Rough memory of a value of a row that waits to be written. */
const VALUE_BYTES = 24
const OUTCOME_PAUSE_MS = 200

/** A write of rows. */
export interface UpsertOrder {
  readonly dataset: Dataset
  readonly source: RowSource
  readonly mode: WriteMode
  readonly key: WriteKey | undefined
  /** Who writes: the name of the token. */
  readonly by: string
  readonly signal: AbortSignal
  /** Counts bytes that the write holds until its call ends. */
  hold(bytes: number): void
}

/** What an upsert needs. */
interface Means {
  readonly checker: RowChecker
  readonly table: WritableTable
  readonly bounds: Bounds
  readonly groups: WriteGroups
  /** The place that the write has taken. */
  readonly place: Place
}

type Rows = readonly (readonly StoredValue[])[]

/** One upsert, from its first row to its commit. */
export class UpsertRun {
  readonly #engine: Engine
  readonly #order: UpsertOrder
  readonly #checker: RowChecker
  readonly #table: WritableTable
  readonly #bounds: Bounds
  readonly #groups: WriteGroups
  readonly #place: Place
  /** The chunks that have come and are not written yet; the last one may be short. */
  #ready: Rows[] = []
  #pending: StoredValue[][] = []
  #heldBytes = 0

  constructor(engine: Engine, order: UpsertOrder, { checker, table, bounds, groups, place }: Means) {
    this.#engine = engine
    this.#order = order
    this.#checker = checker
    this.#table = table
    this.#bounds = bounds
    this.#groups = groups
    this.#place = place
  }

  /**
   * A write that fits into `writeBufferBytes` is checked whole before its transaction begins, and made again by itself when
   * another one is in its way; a small one shares its first transaction with others. Of a longer one the rows are written as
   * they come.
   */
  async run(): Promise<UpsertResult> {
    const incoming = this.#chunks()
    try {
      const whole = await this.#buffer(incoming)
      if (whole) {
        this.#checker.end()
        return await this.#whole(this.#ready)
      }
      let first = true
      return await this.#settle(() => {
        if (!first) return this.#lookUp()
        first = false
        return this.#transact(incoming)
      }, false)
    } finally {
      // Not waited for: the next rows of a failed write may still arrive.
      incoming.return(undefined).catch(() => {})
    }
  }

  #whole(rows: readonly Rows[]): Promise<UpsertResult> {
    const alone = (): Promise<UpsertResult> => {
      this.#ready = [...rows]
      return this.#transact(undefined)
    }
    const { rows: count } = this.#checker
    if (count > MAX_ROWS_TOGETHER) return this.#settle(alone, true)
    const { key, signal } = this.#order
    const write = (transaction: WriteTransaction): Promise<WrittenRows> => {
      this.#ready = [...rows]
      return this.#writeRows(transaction, undefined)
    }
    let first = true
    return this.#settle(async () => {
      if (first) {
        first = false
        // A group takes one place for all of its writes.
        this.#place.giveBack()
        return this.#groups.run({ key, signal, rows: count, write, alone })
      }
      await this.#place.take(signal)
      return alone()
    }, true)
  }

  /**
   * Repeats a write in the way of which another one was. Where the commit may have been lost, its key says what became of it
   * as soon as the database is back.
   */
  #settle(attempt: () => Promise<UpsertResult>, replayable: boolean): Promise<UpsertResult> {
    const { key, signal } = this.#order
    let unknown: unknown
    let until = Number.POSITIVE_INFINITY
    const settled = async (): Promise<UpsertResult> => {
      while (true) {
        try {
          return await attempt()
        } catch (error) {
          if (isUnknown(error) && key && unknown === undefined) {
            unknown = error
            until = performance.now() + this.#bounds.outcomeWaitMs
          } else if (unknown === undefined || error instanceof WriteConflict || !isPassing(error, signal)) throw error
          if (signal.aborted || performance.now() > until) throw unknown
        }
        await sleep(OUTCOME_PAUSE_MS, undefined, { signal }).catch(() => {})
      }
    }
    return retryConflicts(settled, signal, { attempts: replayable ? Number.POSITIVE_INFINITY : 1 })
  }

  /** What became of a write whose rows are gone: they came in a stream. */
  async #lookUp(): Promise<UpsertResult> {
    const { key, signal } = this.#order
    if (!key) throw new TypeError('a write without a key cannot be looked up')
    const transaction = await beginTimed(this.#engine, signal)
    try {
      const earlier = await claimKey<UpsertResult>(this.#engine.dialect, transaction, key)
      if (earlier) return sameWrite(earlier, this.#digest(), key)
      throw new StockdbError('DATABASE_INTERRUPTED', 'the write was lost with its connection; nothing of it was kept')
    } finally {
      await transaction.rollback()
    }
  }

  /** Takes rows until there are enough for a transaction; true if these are all. */
  async #buffer(incoming: AsyncGenerator<Rows, void>): Promise<boolean> {
    const mostValues = this.#bounds.writeBufferBytes / VALUE_BYTES
    let values = 0
    while (values < mostValues) {
      const { done, value } = await untilAborted(incoming.next(), this.#order.signal)
      if (done) return true
      if (this.#checker.failed) {
        await drain(incoming)
        return true
      }
      values += value.length * this.#checker.fields.length
      this.#ready.push(value)
    }
    return false
  }

  /** The rows of the source, checked, in chunks. */
  async *#chunks(): AsyncGenerator<Rows, void> {
    const { source } = this.#order
    let first = true
    for await (const batch of source.batches()) {
      if (first) refuseAdjusted(source.adjust)
      first = false
      const { maxWriteRows } = this.#bounds
      if (this.#checker.rows + batch.numRows > maxWriteRows)
        throw new StockdbError('BODY_TOO_LARGE', `got more than ${maxWriteRows} rows; split the write`)
      // No more at once than a chunk: a row that is made and written soon is garbage before it would leave V8's space for new objects.
      for (let from = 0; from < batch.numRows; ) {
        const most = CHUNK_ROWS - this.#pending.length
        const { rows, next } = await this.#checker.check(batch, from, most, this.#table.keepers)
        this.#hold()
        for (const row of rows) this.#pending.push(row)
        from = next
        if (this.#checker.full) return
        if (this.#pending.length < CHUNK_ROWS) continue
        yield this.#pending
        this.#pending = []
      }
    }
    if (first) refuseAdjusted(source.adjust)
    if (this.#pending.length > 0) yield this.#pending
  }

  #hold(): void {
    const { keyBytes } = this.#checker
    this.#order.hold(keyBytes - this.#heldBytes)
    this.#heldBytes = keyBytes
  }

  /** The transaction: key, rows, number, result. */
  async #transact(incoming: AsyncGenerator<Rows, void> | undefined): Promise<UpsertResult> {
    const { key, signal } = this.#order
    const { dialect } = this.#engine
    const transaction = await beginTimed(this.#engine, signal)
    try {
      const earlier: Settled<UpsertResult> | undefined = key && (await claimKey(dialect, transaction, key))
      if (key && earlier) {
        await transaction.rollback()
        if (incoming) await drain(incoming)
        this.#checker.end()
        return sameWrite(earlier, this.#digest(), key)
      }
      const written = await this.#writeRows(transaction, incoming)
      const [result] = await finishWrites(dialect, transaction, [written])
      await transaction.commit()
      return result as UpsertResult
    } catch (error) {
      await transaction.rollback()
      throw error
    }
  }

  async #writeRows(
    transaction: WriteTransaction,
    incoming: AsyncGenerator<Rows, void> | undefined,
  ): Promise<WrittenRows> {
    const { key, dataset, by } = this.#order
    const counts = { inserted: 0, changed: 0, unchanged: 0 }
    const span = new ChangeSpan(dataset, this.#checker.fields)
    let rowsBefore = 0
    const write = async (rows: Rows): Promise<void> => {
      const { inserted, changed, unchanged } = await this.#write(transaction, rows, rowsBefore)
      counts.inserted += inserted
      counts.changed += changed
      counts.unchanged += unchanged
      span.add(rows)
      rowsBefore += rows.length
    }
    for (const rows of this.#ready.splice(0)) await write(rows)
    if (incoming) await this.#writeIncoming(incoming, write)
    this.#checker.end()
    const record = { dataset, span: span.span, ...counts, deleted: 0, by, at: new Date() }
    return { key, record, digest: this.#digest(), triggers: this.#table.triggers }
  }

  /** Rows are taken in and checked while the database writes those before them. */
  async #writeIncoming(incoming: AsyncGenerator<Rows, void>, write: (rows: Rows) => Promise<void>): Promise<void> {
    let next = incoming.next()
    // Looked at when it is its turn.
    const ahead = (): void => {
      next = incoming.next()
      next.catch(() => {})
    }
    while (true) {
      const { done, value } = await untilAborted(next, this.#order.signal)
      if (done) return
      if (this.#checker.failed) return drain(incoming)
      ahead()
      await write(value)
    }
  }

  async #write(transaction: WriteTransaction, rows: Rows, before: number): Promise<UpsertCounts> {
    const { dataset, mode } = this.#order
    const { fields } = this.#checker
    const { match, loose } = this.#table
    const counts = await transaction.upsert(dataset, fields, rows, match)
    if (mode === 'insert' && counts.inserted < rows.length) throw new RowsExist(rows, before + 1)
    if (loose.length > 0) {
      const merged = await transaction.findMerged(dataset, fields, rows, loose)
      if (merged)
        throw new StockdbError(
          'CONFLICT',
          `nothing was written: row ${before + merged.row + 1} would replace the row of another key (${JSON.stringify(merged.stored)}), because the table treats the two as equal; expected one spelling`,
        )
    }
    return counts
  }

  #digest(): string {
    const { dataset, mode, source } = this.#order
    return createHash('sha256').update(`${mode} ${dataset.name} ${source.digest()}`).digest('hex')
  }
}

/** Adjusted prices must not be written back as if they were stored ones. */
function refuseAdjusted(adjust: string | undefined): void {
  if (adjust === undefined || adjust === 'none') return
  throw new StockdbError(
    'INVALID_INPUT',
    `adjust: got rows whose prices are adjusted (${adjust}); expected prices as they are stored: read them with adjust: 'none'`,
  )
}

const isUnknown = (error: unknown): boolean => error instanceof StockdbError && error.code === 'WRITE_OUTCOME_UNKNOWN'
/** Whether the database may be back a moment later, or nobody waits any longer. */
const isPassing = (error: unknown, signal: AbortSignal): boolean =>
  signal.aborted || (error instanceof StockdbError && error.retryable)

async function drain(incoming: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of incoming);
}
