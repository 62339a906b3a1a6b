import type { Dataset } from '@stockdb/contract'
import type { PoolConnection } from 'mysql2'
import type { Load } from '../../bounds/semaphore.ts'
import type { Bounds } from '../../bounds/settings.ts'
import { Commits } from '../commits.ts'
import { deadline } from '../deadline.ts'
import type { EngineOptions } from '../driver.ts'
import type {
  CommitListener,
  CommitMark,
  Engine,
  PlanLine,
  PoolLoad,
  ReadBatch,
  ReadQuery,
  Snapshot,
  TableVersion,
  WriteTransaction,
} from '../engine.ts'
import { HeldStates } from '../held-states.ts'
import { type TableChanges, ToldChanges } from '../table-changes.ts'
import { type TableRef, textOf } from '../table-ref.ts'
import type { TableShape } from '../table-shape.ts'
import { untilAborted } from '../until-aborted.ts'
import type { RightsLacking, RightsWanted } from '../write-rights.ts'
import { ColumnCheck } from './column-check.ts'
import { describeMysqlTable, describeMysqlTables, isHiddenMysqlTable } from './describe.ts'
import { mysqlDialect } from './dialect.ts'
import { ofRead, translateMysqlError } from './errors.ts'
import { excessRights } from './excess-rights.ts'
import { explainMysql } from './explain.ts'
import { missingRights } from './missing-rights.ts'
import { MysqlPool } from './pool.ts'
import { type ReadBounds, readMysql } from './reader.ts'
import { pinsWith } from './session.ts'
import { openMysqlSnapshot, WriteNumbers } from './snapshot.ts'
import { run } from './statements.ts'
import { StorageEngines } from './storage-engines.ts'
import { beginMysql } from './writer.ts'

const TABLE_NAMES = 'select table_name from information_schema.tables where table_schema = database()'

/** MySQL and MariaDB, through mysql2. */
export class MysqlEngine implements Engine {
  readonly kind = 'mysql'
  readonly dialect = mysqlDialect
  readonly changes: TableChanges = new ToldChanges()
  readonly #pool: MysqlPool
  readonly #bounds: ReadBounds & Bounds
  readonly #held = new HeldStates()
  readonly #storageEngines = new StorageEngines()
  readonly #numbers = new WriteNumbers()
  readonly #commits: Commits
  #pinging: Promise<void> | undefined

  constructor(address: string, { bounds, log, observer, commits = new Commits() }: EngineOptions) {
    this.#commits = commits
    this.#pool = new MysqlPool(
      address,
      { ...bounds, observer, pins: pinsWith({ tmp_disk_table_size: bounds.maxTempDiskBytes }) },
      log,
    )
    this.#bounds = { ...bounds, observer, columnCheck: new ColumnCheck(this.changes) }
  }

  get slots(): Load {
    return this.#pool.slots
  }

  async version(): Promise<string> {
    return this.#with(deadline(10_000), async (connection) => {
      const [row] = await run<[string][]>(connection, 'select version()')
      const version = row?.[0] ?? 'unknown'
      return version.includes('MariaDB') ? `MariaDB ${version.split('-')[0]}` : `MySQL ${version}`
    })
  }

  /** A database on a server is somebody's own. */
  async managed(): Promise<boolean> {
    return false
  }

  read(query: ReadQuery, signal: AbortSignal): AsyncIterable<ReadBatch> {
    return readMysql(this.#pool, query, signal, this.#bounds, this.#held)
  }

  snapshot(datasets: readonly Dataset[], signal: AbortSignal): Promise<Snapshot> {
    const sources = {
      ...{ pool: this.#pool, bounds: this.#bounds, held: this.#held },
      ...{ storageEngines: this.#storageEngines, numbers: this.#numbers },
    }
    return openMysqlSnapshot(sources, datasets, signal)
  }

  keepsTransactions(dataset: Dataset, signal: AbortSignal): Promise<boolean> {
    return this.#with(signal, async (connection) => !(await this.#storageEngines.refusal(connection, [dataset])))
  }

  onCommit(listener: CommitListener): () => void {
    return this.#commits.listen(listener)
  }

  async begin(signal: AbortSignal): Promise<WriteTransaction> {
    return this.#commits.watch(await beginMysql(this.#pool, signal))
  }

  async describe(table: TableRef, signal: AbortSignal): Promise<TableShape | undefined> {
    const shape = await this.#with(signal, (connection) => describeMysqlTable(connection, table))
    this.#bounds.columnCheck.described(textOf(table), shape)
    return shape
  }

  isHidden(table: TableRef, signal: AbortSignal): Promise<boolean> {
    return this.#with(signal, (connection) => isHiddenMysqlTable(connection, table))
  }

  async describeSeveral(tables: readonly string[], signal: AbortSignal): Promise<readonly (TableShape | undefined)[]> {
    const shapes = await this.#with(signal, (connection) => describeMysqlTables(connection, tables))
    for (const [at, table] of tables.entries()) this.#bounds.columnCheck.described(table, shapes[at])
    return shapes
  }

  tableNames(signal: AbortSignal): Promise<readonly string[]> {
    return this.#with(signal, async (connection) => {
      const names = await run<[string][]>(connection, TABLE_NAMES, [], 'query')
      return names.map(([name]) => name)
    })
  }

  async tableVersion(tables: readonly TableRef[], signal: AbortSignal): Promise<TableVersion | undefined> {
    try {
      return await untilAborted(this.#pool.tableVersion(tables), signal)
    } catch (error) {
      throw translateMysqlError(error)
    }
  }

  async commitMark(signal: AbortSignal, before?: CommitMark): Promise<CommitMark> {
    try {
      return await untilAborted(this.#pool.commitMark(before), signal)
    } catch (error) {
      throw translateMysqlError(error)
    }
  }

  async define(statements: readonly string[], signal: AbortSignal): Promise<void> {
    await this.#with(signal, async (connection) => {
      for (const statement of statements) await run(connection, statement, [], 'query')
    })
  }

  async ping(signal: AbortSignal): Promise<void> {
    // Concurrent callers share one query.
    this.#pinging ??= this.#pool.ping().finally(() => {
      this.#pinging = undefined
    })
    await untilAborted(this.#pinging, signal)
  }

  async explain(sql: string, parameters: readonly unknown[], signal: AbortSignal): Promise<readonly PlanLine[]> {
    return this.#with(signal, (connection) => explainMysql(connection, sql, parameters))
  }

  load(): PoolLoad {
    return { ...this.#pool.load(), oldestSnapshotMs: this.#held.oldestMs }
  }

  excessRights(signal: AbortSignal): Promise<readonly string[]> {
    return this.#with(signal, async (connection) => {
      const lines = await run<[string][]>(connection, 'show grants', [], 'query')
      return excessRights(lines.map(([line]) => line))
    })
  }

  missingRights(wanted: readonly RightsWanted[], signal: AbortSignal): Promise<readonly RightsLacking[]> {
    return this.#with(signal, (connection) => missingRights(connection, wanted))
  }

  close(): Promise<void> {
    return this.#pool.close()
  }

  /** Runs something short on a pooled connection, which is discarded if it fails or `signal` fires. */
  async #with<Result>(signal: AbortSignal, act: (connection: PoolConnection) => Promise<Result>): Promise<Result> {
    const connection = await this.#pool.acquire(signal)
    try {
      const result = await untilAborted(act(connection), signal)
      this.#pool.release(connection)
      return result
    } catch (error) {
      this.#pool.discard(connection)
      throw ofRead(error)
    }
  }
}
