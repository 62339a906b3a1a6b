import { randomUUID } from 'node:crypto'
import type { Dataset } from '@stockdb/contract'
import { Semaphore } from '../../bounds/semaphore.ts'
import { Commits } from '../commits.ts'
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
  WriteTransaction,
} from '../engine.ts'
import { HeldStates } from '../held-states.ts'
import { type TableChanges, ToldChanges } from '../table-changes.ts'
import { type TableRef, textOf } from '../table-ref.ts'
import type { TableShape } from '../table-shape.ts'
import { untilAborted } from '../until-aborted.ts'
import { describeDuckdbTable } from './describe.ts'
import { duckdbDialect } from './dialect.ts'
import { translateDuckdbError } from './errors.ts'
import { planLines } from './explain.ts'
import { DuckdbFile, type Lease, MARK_SCHEMA } from './file.ts'
import { type Reading, readDuckdb } from './reader.ts'
import { requireRoom } from './room.ts'
import { openDuckdbSnapshot } from './snapshot.ts'
import { rowsOf, runOn } from './statements.ts'
import { threads } from './threads.ts'
import { beginDuckdb } from './writer.ts'

const PROCESS = randomUUID()
const never = new AbortController().signal

const TABLE_NAMES = `select table_name from information_schema.tables where table_catalog = current_database() and table_schema = current_schema()`

interface DuckdbMark extends CommitMark {
  readonly others: string
}

/** An embedded engine: one DuckDB file, through `@duckdb/node-api`. It is opened when it is first used. */
export class DuckdbEngine implements Engine {
  readonly kind = 'duckdb'
  readonly dialect = duckdbDialect
  readonly changes: TableChanges = new ToldChanges()
  readonly slots: Semaphore
  readonly #file: DuckdbFile
  readonly #reading: Reading
  readonly #held = new HeldStates()
  readonly #commits: Commits
  /** Transactions of this engine that have ended. */
  #writes = 0
  /** Settles when the write before the next one has ended. */
  #lastWrite: Promise<void> = Promise.resolve()
  #closed: Promise<void> | undefined
  /** Tables that somebody relies on. */
  readonly #described = new Set<string>()

  constructor(path: string, { bounds, observer, commits = new Commits() }: EngineOptions) {
    this.#commits = commits
    this.#file = DuckdbFile.of(path, bounds)
    this.slots = new Semaphore({
      ...bounds,
      limit: bounds.connections,
      what: 'a database connection',
      callerOf: observer.callerName,
    })
    this.#reading = {
      ...{ file: this.#file, slots: this.slots, held: this.#held, changes: this.changes, observer },
      ...{ statementTimeoutMs: bounds.statementTimeoutMs, maxSnapshotAgeMs: bounds.maxSnapshotAgeMs },
    }
  }

  managed(): Promise<boolean> {
    return this.#file.managed()
  }

  async version(): Promise<string> {
    const [row] = await this.#onConnection((lease) => rowsOf(lease.connection, 'select version()'), never)
    return `DuckDB ${String(row?.[0]).replace(/^v/, '')}`
  }

  read(query: ReadQuery, signal: AbortSignal): AsyncIterable<ReadBatch> {
    return readDuckdb(this.#reading, query, signal)
  }

  /** Every table of DuckDB keeps transactions. */
  snapshot(_datasets: readonly Dataset[], signal: AbortSignal): Promise<Snapshot> {
    return openDuckdbSnapshot(this.#reading, signal)
  }

  async keepsTransactions(): Promise<boolean> {
    return true
  }

  onCommit(listener: CommitListener): () => void {
    return this.#commits.listen(listener)
  }

  async begin(signal: AbortSignal): Promise<WriteTransaction> {
    const ended = await this.#turn()
    try {
      signal.throwIfAborted()
      const lease = await this.#file.lease('write')
      return this.#commits.watch(
        await beginDuckdb(lease, signal, {
          done: (how) => {
            this.#writes++
            lease[how]()
            ended()
          },
          fatal: () => this.#file.reopen(),
          requireRoom: (bytes) => requireRoom(this.#file.path, bytes),
        }).catch((error: unknown) => {
          lease.discard()
          throw error
        }),
      )
    } catch (error) {
      ended()
      throw error
    }
  }

  describe(ref: TableRef, signal: AbortSignal): Promise<TableShape | undefined> {
    const table = textOf(ref)
    this.#described.add(table)
    return this.#onConnection(({ connection }) => describeDuckdbTable(connection, table), signal)
  }

  async describeSeveral(tables: readonly string[], signal: AbortSignal): Promise<readonly (TableShape | undefined)[]> {
    const shapes: (TableShape | undefined)[] = []
    for (const table of tables) shapes.push(await this.describe(table, signal))
    return shapes
  }

  tableNames(signal: AbortSignal): Promise<readonly string[]> {
    return this.#onConnection(async ({ connection }) => {
      const names = await rowsOf(connection, TABLE_NAMES)
      return names.map(([name]) => String(name))
    }, signal)
  }

  /** Nobody else can write to the file while it is open here. */
  dataVersion(): string {
    return this.#file.version
  }

  async commitMark(_signal: AbortSignal, before?: DuckdbMark): Promise<DuckdbMark> {
    // Of the other engines of this process. DuckDB has no triggers, and no foreign key changes rows.
    const others = `${this.#file.identity} ${this.#file.writes - this.#writes} ${this.#commits.definitions}`
    const alone = before?.others === others && !this.#commits.areCommitting
    // Counted by each process from its beginning.
    return { text: `${PROCESS} ${this.dataVersion()}`, others, ...(alone ? { written: [] } : {}) }
  }

  async define(statements: readonly string[]): Promise<void> {
    const ended = await this.#turn()
    let lease: Lease | undefined
    try {
      const managed = await this.managed()
      lease = await this.#file.lease('write')
      this.#commits.define()
      const { connection } = lease
      const all = managed ? [`create schema if not exists ${MARK_SCHEMA}`, ...statements] : statements
      for (const statement of ['begin transaction', ...all, 'commit'])
        await threads.run(() => runOn(connection, statement), never)
      lease.giveBack()
      this.changes.doubt([...this.#described])
    } catch (error) {
      // What is not committed goes with its connection.
      lease?.discard()
      throw translateDuckdbError(error)
    } finally {
      ended()
    }
  }

  /** Takes the thread of Node that reads leave free. */
  async ping(signal: AbortSignal): Promise<void> {
    const lease = await untilAborted(this.#file.lease(), signal)
    try {
      await untilAborted(rowsOf(lease.connection, 'select 1'), signal)
      lease.giveBack()
    } catch (error) {
      lease.discard()
      throw signal.aborted ? signal.reason : translateDuckdbError(error)
    }
  }

  async explain(sql: string, parameters: readonly unknown[], signal: AbortSignal): Promise<readonly PlanLine[]> {
    const [row] = await this.#onConnection(
      ({ connection }) => rowsOf(connection, `explain (format json) ${sql}`, parameters),
      signal,
    )
    return planLines(String(row?.[1]))
  }

  load(): PoolLoad {
    const { inUse, waiting } = this.slots
    return { open: this.#file.open, busy: inUse, waiting, oldestSnapshotMs: this.#held.oldestMs }
  }

  /** A file has no accounts. */
  async excessRights(): Promise<readonly string[]> {
    return []
  }

  async missingRights(): Promise<readonly never[]> {
    return []
  }

  close(): Promise<void> {
    this.#closed ??= this.#file.close()
    return this.#closed
  }

  /** Short work on a connection, for which no slot is waited. */
  async #onConnection<Result>(work: (lease: Lease) => Promise<Result>, signal: AbortSignal): Promise<Result> {
    const lease = await this.#file.lease()
    try {
      const result = await threads.run(() => work(lease), signal)
      lease.giveBack()
      return result
    } catch (error) {
      lease.discard()
      throw signal.aborted ? signal.reason : translateDuckdbError(error)
    }
  }

  /** Waits until the write before has ended; what it gives says that this one has. */
  async #turn(): Promise<() => void> {
    const before = this.#lastWrite
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#lastWrite = before.then(() => promise)
    await before
    return resolve
  }
}
