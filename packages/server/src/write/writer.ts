import type { DeleteResult, UpsertResult } from '@stockdb/contract/wire'
import { StockdbError } from '@stockdb/contract/wire'
import { Semaphore } from '../bounds/semaphore.ts'
import type { Bounds } from '../bounds/settings.ts'
import type { Engine } from '../engine/engine.ts'
import { retryConflicts } from '../engine/retry-conflicts.ts'
import type { TableGuard } from '../engine/table-guard.ts'
import { untilAborted } from '../engine/until-aborted.ts'
import { currentCallerName, spending } from '../telemetry/running-call.ts'
import { type DeleteOrder, deleteRows } from './delete-rows.ts'
import { existingRows, RowsExist } from './existing-rows.ts'
import type { Housekeeping } from './housekeeping.ts'
import { Place } from './place.ts'
import { requireOwnTables } from './require-own-tables.ts'
import { RowChecker } from './row-checker.ts'
import { type UpsertOrder, UpsertRun } from './upsert-run.ts'
import { requireWritable, writableTable } from './writable-table.ts'
import type { WriteAccount } from './write-account.ts'
import { WriteGroups } from './write-groups.ts'

/** Writes rows of datasets: each call in one transaction, once under its key, with a number in the order of commits. */
export class Writer {
  readonly engine: Engine
  readonly #tables: TableGuard
  readonly #bounds: Bounds
  readonly #slots: Semaphore
  readonly #housekeeping: Housekeeping
  readonly #account: WriteAccount | undefined
  readonly #groups: WriteGroups

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
      ...{ queueLength, queueWaitMs, queueBurstMs, what: 'a write slot', shared: true },
    })
    this.#groups = new WriteGroups(engine, this.#slots)
  }

  /** Runs a write within the limits of time and of concurrent writes. */
  limited<Result>(caller: AbortSignal, write: (signal: AbortSignal, place: Place) => Promise<Result>): Promise<Result> {
    return this.#timed(caller, (signal) => this.#placed(signal, write))
  }

  async #timed<Result>(caller: AbortSignal, write: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
    const late = new AbortController()
    const { writeTimeoutMs } = this.#bounds
    const timer = setTimeout(
      () => late.abort(new StockdbError('QUERY_TIMEOUT', `the write took longer than ${writeTimeoutMs} ms`)),
      writeTimeoutMs,
    )
    try {
      return await write(AbortSignal.any([caller, late.signal]))
    } finally {
      clearTimeout(timer)
    }
  }

  async #placed<Result>(
    signal: AbortSignal,
    write: (signal: AbortSignal, place: Place) => Promise<Result>,
  ): Promise<Result> {
    const place = new Place(this.#slots, currentCallerName())
    await place.take(signal)
    try {
      await spending('databaseMs', async () => {
        await this.#account?.require(signal)
        await requireOwnTables(this.engine, signal)
      })
      const result = await write(signal, place)
      this.#housekeeping.wrote()
      return result
    } finally {
      place.giveBack()
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
    return this.#timed(order.signal, (signal) => this.#upsert(order, signal))
  }

  async #upsert(order: UpsertOrder, inTime: AbortSignal): Promise<UpsertResult> {
    const fields = await untilAborted(order.source.fields(), inTime)
    // No rows have no fields.
    const given = fields.length === 0 ? order.dataset.key : fields
    const checker = new RowChecker(order.dataset, given, this.#bounds.maxBytesInFlightPerCaller)
    return this.#placed(inTime, async (signal, place) => {
      const table = await spending('databaseMs', () =>
        writableTable(this.engine, this.#tables, order.dataset, checker.fields, signal),
      )
      const run = new UpsertRun(
        this.engine,
        { ...order, signal },
        { checker, table, bounds: this.#bounds, groups: this.#groups, place },
      )
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
