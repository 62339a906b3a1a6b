import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Dataset } from '@stockdb/contract'
import type { StoredValue } from '@stockdb/contract/internal'
import type { DeleteResult, UpsertResult, WriteMode } from '@stockdb/contract/wire'
import { StockdbError } from '@stockdb/contract/wire'
import { Semaphore } from '../bounds/semaphore.ts'
import type { Bounds } from '../bounds/settings.ts'
import type { Engine, WriteTransaction } from '../engine/engine.ts'
import { ChangeSpan, recordChange } from '../engine/record-change.ts'
import { retryConflicts } from '../engine/retry-conflicts.ts'
import type { TableGuard } from '../engine/table-guard.ts'
import { WriteConflict } from '../engine/write-conflict.ts'
import { type DeleteOrder, deleteRows } from './delete-rows.ts'
import { existingRows, RowsExist } from './existing-rows.ts'
import type { Housekeeping } from './housekeeping.ts'
import { claimKey, type Settled, sameWrite, settleKey, type WriteKey } from './idempotency.ts'
import { requireOwnTables } from './require-own-tables.ts'
import { RowChecker } from './row-checker.ts'
import type { RowSource } from './row-source.ts'
import { requireWritable, type WritableTable, writableTable } from './writable-table.ts'
import type { WriteAccount } from './write-account.ts'

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
}

type Rows = readonly (readonly StoredValue[])[]

/** Writes rows of datasets: each call in one transaction, once under its key, with a number in the order of commits. */
export class Writer {
  readonly engine: Engine
  readonly #tables: TableGuard
  readonly #bounds: Bounds
  readonly #slots: Semaphore
  readonly #housekeeping: Housekeeping
  readonly #account: WriteAccount | undefined

  /** `account`: the one to write with, where it is not the engine that reads. */
  constructor(engine: Engine, tables: TableGuard, bounds: Bounds, housekeeping: Housekeeping, account?: WriteAccount) {
    this.engine = engine
    this.#account = account
    this.#tables = tables
    this.#bounds = bounds
    this.#housekeeping = housekeeping
    const { queueLength, queueWaitMs, queueBurstMs } = bounds
    this.#slots = new Semaphore({
      // One connection is always left for others.
      limit: Math.max(1, Math.min(bounds.maxWrites, engine.slots.limit - 1)),
      ...{ queueLength, queueWaitMs, queueBurstMs, what: 'a place among the writes' },
    })
  }

  /** Runs a write within the limits of time and of concurrent writes. */
  async limited<Result>(caller: AbortSignal, write: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
    const late = new AbortController()
    const { writeTimeoutMs } = this.#bounds
    const timer = setTimeout(
      () => late.abort(new StockdbError('QUERY_TIMEOUT', `the write took longer than ${writeTimeoutMs} ms`)),
      writeTimeoutMs,
    )
    const signal = AbortSignal.any([caller, late.signal])
    try {
      await this.#slots.acquire(signal)
      try {
        await this.#account?.require(signal)
        await requireOwnTables(this.engine, signal)
        const result = await write(signal)
        this.#housekeeping.wrote()
        return result
      } finally {
        this.#slots.release()
      }
    } finally {
      clearTimeout(timer)
    }
  }

  /** Deletes rows, or counts them. */
  delete(order: DeleteOrder): Promise<DeleteResult> {
    return this.limited(order.signal, (signal) =>
      retryConflicts(() => deleteRows(this.engine, { ...order, signal }), signal, {
        attempts: Number.POSITIVE_INFINITY,
      }),
    )
  }

  /** Inserts rows, or changes those that exist. */
  async upsert(order: UpsertOrder): Promise<UpsertResult> {
    requireWritable(order.dataset)
    const fields = await order.source.fields()
    // No rows have no fields.
    const checker = new RowChecker(order.dataset, fields.length === 0 ? order.dataset.key : fields)
    return this.limited(order.signal, async (signal) => {
      const table = await writableTable(this.engine, this.#tables, order.dataset, checker.fields, signal)
      const run = new UpsertRun(this.engine, { ...order, signal }, checker, table, this.#bounds)
      try {
        return await run.run()
      } catch (error) {
        if (error instanceof RowsExist)
          throw await existingRows(this.engine, order.dataset, checker.fields, error, signal)
        throw error
      }
    })
  }
}

/** One upsert, from its first row to its commit. */
class UpsertRun {
  readonly #engine: Engine
  readonly #order: UpsertOrder
  readonly #checker: RowChecker
  readonly #table: WritableTable
  readonly #bounds: Bounds
  /** The chunks that have come and are not written yet; the last one may be short. */
  #ready: Rows[] = []
  #pending: StoredValue[][] = []

  constructor(engine: Engine, order: UpsertOrder, checker: RowChecker, table: WritableTable, bounds: Bounds) {
    this.#engine = engine
    this.#order = order
    this.#checker = checker
    this.#table = table
    this.#bounds = bounds
  }

  /**
   * A write that fits into `writeBufferBytes` is checked whole before its transaction begins, and made again by itself when
   * another one is in its way. Of a longer one the rows are written as they come.
   */
  async run(): Promise<UpsertResult> {
    const incoming = this.#chunks()
    try {
      const whole = await this.#buffer(incoming)
      if (whole) {
        this.#checker.end()
        const rows = this.#ready
        return await this.#settle(() => {
          this.#ready = [...rows]
          return this.#transact(undefined)
        }, true)
      }
      let first = true
      return await this.#settle(() => {
        if (!first) return this.#lookUp()
        first = false
        return this.#transact(incoming)
      }, false)
    } finally {
      await incoming.return(undefined)
    }
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
    const transaction = await this.#engine.begin(signal)
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
      const { done, value } = await incoming.next()
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
      const rows = this.#checker.check(batch)
      if (this.#checker.full) return
      for (const row of rows) {
        this.#pending.push(row)
        if (this.#pending.length === CHUNK_ROWS) yield this.#pending.splice(0)
      }
    }
    if (first) refuseAdjusted(source.adjust)
    if (this.#pending.length > 0) yield this.#pending.splice(0)
  }

  /** The transaction: key, rows, number, result. */
  async #transact(incoming: AsyncGenerator<Rows, void> | undefined): Promise<UpsertResult> {
    const { key, dataset, signal, by } = this.#order
    const { dialect } = this.#engine
    const transaction = await this.#engine.begin(signal)
    try {
      const earlier: Settled<UpsertResult> | undefined = key && (await claimKey(dialect, transaction, key))
      if (key && earlier) {
        await transaction.rollback()
        if (incoming) await drain(incoming)
        this.#checker.end()
        return sameWrite(earlier, this.#digest(), key)
      }
      const counts = { inserted: 0, changed: 0, unchanged: 0 }
      const span = new ChangeSpan(dataset, this.#checker.fields)
      let written = 0
      const write = async (rows: Rows): Promise<void> => {
        await this.#write(transaction, rows, counts, written)
        span.add(rows)
        written += rows.length
      }
      for (const rows of this.#ready.splice(0)) await write(rows)
      for await (const rows of incoming ?? []) {
        if (this.#checker.failed && incoming) await drain(incoming)
        else await write(rows)
      }
      this.#checker.end()
      const at = new Date()
      const sequence = await recordChange(dialect, transaction, {
        ...{ dataset, span: span.span, ...counts, deleted: 0, by, at },
      })
      const { triggers } = this.#table
      const result: UpsertResult = { ...counts, sequence, ...(triggers.length > 0 ? { triggers } : {}) }
      if (key) await settleKey(transaction, key, { digest: this.#digest(), result }, at)
      await transaction.commit()
      return result
    } catch (error) {
      await transaction.rollback()
      throw error
    }
  }

  async #write(
    transaction: WriteTransaction,
    rows: Rows,
    counts: { inserted: number; changed: number; unchanged: number },
    before: number,
  ): Promise<void> {
    const { dataset, mode } = this.#order
    const { fields } = this.#checker
    const { match, loose } = this.#table
    const { inserted, changed, unchanged } = await transaction.upsert(dataset, fields, rows, match)
    if (mode === 'insert' && inserted < rows.length) throw new RowsExist(rows, before + 1)
    if (loose.length > 0) {
      const merged = await transaction.findMerged(dataset, fields, rows, loose)
      if (merged)
        throw new StockdbError(
          'CONFLICT',
          `nothing was written: row ${before + merged.row + 1} would replace the row of another key (${JSON.stringify(merged.stored)}), because the table takes the two for equal; expected one spelling`,
        )
    }
    counts.inserted += inserted
    counts.changed += changed
    counts.unchanged += unchanged
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
