import { dirname } from 'node:path'
import { type Dataset, StockdbError } from '@stockdb/contract'
import type { Bounds } from '../../bounds/settings.ts'
import { Slots } from '../../bounds/slots.ts'
import type { PoolLoad } from '../../telemetry/metrics.ts'
import type { PlanLine } from '../../telemetry/slow-log.ts'
import type { Engine, ReadBatch, ReadQuery, Snapshot, WriteTransaction } from '../engine.ts'
import { HeldStates } from '../held-states.ts'
import { makeFolder } from '../make-folder.ts'
import type { TableShape } from '../table-shape.ts'
import { StatementProcesses } from './apart/processes.ts'
import { type Apart, readApart } from './apart/read-apart.ts'
import { describeSqliteTable } from './describe.ts'
import { sqliteDialect } from './dialect.ts'
import { translateSqliteError } from './errors.ts'
import { Handle, ReadHandles } from './handles.ts'
import { readSqlite, toSqlite } from './reader.ts'
import { openSqliteSnapshot } from './snapshot.ts'
import { SqliteTransaction } from './writer.ts'

/** The embedded engine: one SQLite file, through `node:sqlite`. */
export class SqliteEngine implements Engine {
  readonly kind = 'sqlite'
  readonly dialect = sqliteDialect
  /** One for each read under way, in this process or in another. */
  readonly slots: Slots
  readonly #readers: ReadHandles
  readonly #apart: Apart
  readonly #writer: Handle
  readonly #bounds: Bounds
  readonly #held = new HeldStates()
  /** Settles when the write before the next one has ended. */
  #lastWrite: Promise<void> = Promise.resolve()

  /** Opens the file, and makes it and its folder if need be. */
  constructor(file: string, bounds: Bounds) {
    try {
      makeFolder(dirname(file))
    } catch (error) {
      throw new StockdbError('DATABASE_UNAVAILABLE', 'the folder of the database file can not be made', {
        cause: error,
      })
    }
    this.#writer = new Handle(file, false)
    this.slots = new Slots({ ...bounds, limit: bounds.connections, what: 'a database handle' })
    this.#readers = new ReadHandles(file, this.slots)
    this.#apart = {
      ...{ file, slots: this.slots, held: this.#held, processes: new StatementProcesses('batches') },
      ...{ statementTimeoutMs: bounds.statementTimeoutMs, maxSnapshotAgeMs: bounds.maxSnapshotAgeMs },
    }
    this.#bounds = bounds
  }

  async version(): Promise<string> {
    const row = this.#writer.database.prepare('select sqlite_version() as version').get()
    return `SQLite ${String(row?.version)}`
  }

  read(query: ReadQuery, signal: AbortSignal): AsyncIterable<ReadBatch> {
    if (query.ofCaller || query.long) return readApart(this.#apart, query, signal)
    return readSqlite(this.#readers, query, signal, this.#bounds, this.#held)
  }

  /** Every table of SQLite keeps transactions. */
  snapshot(_datasets: readonly Dataset[], signal: AbortSignal): Promise<Snapshot> {
    return openSqliteSnapshot(this.#readers, this.#apart, signal)
  }

  async keepsTransactions(): Promise<boolean> {
    return true
  }

  async begin(signal: AbortSignal): Promise<WriteTransaction> {
    const before = this.#lastWrite
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#lastWrite = before.then(() => promise)
    await before
    if (signal.aborted) {
      resolve()
      throw signal.reason
    }
    return new SqliteTransaction(this.#writer, signal, resolve)
  }

  async describe(table: string): Promise<TableShape | undefined> {
    return describeSqliteTable(this.#writer, table)
  }

  async define(statements: readonly string[]): Promise<void> {
    try {
      this.#writer.database.exec(['begin immediate', ...statements, 'commit'].join(';\n'))
    } catch (error) {
      if (this.#writer.database.isTransaction) this.#writer.database.exec('rollback')
      throw translateSqliteError(error)
    }
  }

  async ping(): Promise<void> {
    try {
      this.#writer.database.prepare('select 1').get()
    } catch (error) {
      throw translateSqliteError(error)
    }
  }

  async explain(sql: string, parameters: readonly unknown[]): Promise<readonly PlanLine[]> {
    try {
      const plan = this.#writer.database.prepare(`explain query plan ${sql}`)
      return plan.all(...parameters.map(toSqlite)).map(({ detail }) => ({ detail }))
    } catch (error) {
      throw translateSqliteError(error)
    }
  }

  load(): PoolLoad {
    const { inUse, waiting } = this.slots
    const open = inUse + this.#readers.free + this.#apart.processes.idle
    return { open, busy: inUse, waiting, oldestSnapshotMs: this.#held.oldestMs }
  }

  /** A file has no accounts. */
  async excessRights(): Promise<readonly string[]> {
    return []
  }

  async close(): Promise<void> {
    this.#readers.close()
    this.#writer.database.close()
    await this.#apart.processes.close()
  }
}
