import { randomUUID } from 'node:crypto'
import { dirname } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import type { Dataset } from '@stockdb/contract'
import { StockdbError } from '@stockdb/contract/wire'
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
import { makeFolder } from '../make-folder.ts'
import { type TableChanges, ToldChanges } from '../table-changes.ts'
import { type TableRef, textOf } from '../table-ref.ts'
import type { TableShape } from '../table-shape.ts'
import { sqliteDialect } from './dialect.ts'
import { translateSqliteError } from './errors.ts'
import { SqliteFile } from './file.ts'
import { Handle, ReadHandles } from './handles.ts'
import { readAhead } from './read-ahead.ts'
import { type ReadBounds, readSqlite, toSqlite } from './reader.ts'
import { SchemaWatch } from './schema-watch.ts'
import { openSqliteSnapshot } from './snapshot.ts'
import { StatementProcesses } from './subprocess/processes.ts'
import { type Apart, readInSubprocess } from './subprocess/read-in-subprocess.ts'
import { WalKeeper } from './wal-keeper.ts'
import { BLOCKED_MS, BUSY_WAIT_MS, isBusy, whenUnlocked } from './when-unlocked.ts'
import { SqliteTransaction } from './writer.ts'

/** Tables that are described before other calls have their turn. */
const AT_ONCE = 16
const TABLE_NAMES = `select name from sqlite_schema where type in ('table', 'view') and name not like 'sqlite\\_%' escape '\\'`
const CASCADES = `select 1 from sqlite_schema where type = 'trigger' or lower(sql) like '%references%' limit 1`

interface SqliteMark extends CommitMark {
  readonly others?: string
}

/** The embedded engine: one SQLite file, through `node:sqlite`. */
export class SqliteEngine implements Engine {
  readonly kind = 'sqlite'
  readonly dialect = sqliteDialect
  readonly changes: TableChanges = new ToldChanges()
  /** One for each running read, in this process or a subprocess. */
  readonly slots: Semaphore
  readonly #file: SqliteFile
  readonly #readers: ReadHandles
  readonly #subprocess: Apart
  /** Opened at the first write, or immediately if stockdb created the file. */
  #writer: Handle | undefined
  /** For internal queries. */
  #looker: Handle | undefined
  readonly #wal: WalKeeper | undefined
  readonly #bounds: ReadBounds
  /** Tells this engine's connections from those of others. */
  readonly #name = randomUUID()
  /** As of the last check of the file. */
  #dataVersion = ''
  readonly #held = new HeldStates()
  readonly #commits: Commits
  readonly #schema = new SchemaWatch(this.changes)
  /** Settles when the previous write has ended. */
  #lastWrite: Promise<void> = Promise.resolve()

  /** Opens the file, and creates it and its folder if necessary. */
  constructor(file: string, { bounds, observer, commits = new Commits() }: EngineOptions) {
    this.#commits = commits
    try {
      makeFolder(dirname(file))
    } catch (error) {
      throw new StockdbError('DATABASE_UNAVAILABLE', 'cannot create the folder of the database file', {
        cause: error,
      })
    }
    this.#file = new SqliteFile(file)
    // No calls are served yet.
    if (this.#file.own) {
      this.#writer = new Handle(this.#file, 'write', undefined, BUSY_WAIT_MS)
      this.#writer.database.exec(`pragma busy_timeout = ${BLOCKED_MS}`)
    }
    this.slots = new Semaphore({
      ...bounds,
      limit: bounds.connections,
      what: 'a database handle',
      callerOf: observer.callerName,
    })
    this.#readers = new ReadHandles(this.#file, this.slots, this.#schema)
    this.#subprocess = {
      ...{
        file: this.#file,
        slots: this.slots,
        held: this.#held,
        observer,
        processes: new StatementProcesses('batches'),
      },
      checkSchema: (query) => this.#checkSchema(query),
      ...{ statementTimeoutMs: bounds.statementTimeoutMs, maxSnapshotAgeMs: bounds.maxSnapshotAgeMs },
    }
    this.#bounds = { ...bounds, observer }
    if (this.#writer) {
      this.#wal = new WalKeeper({
        ...{ path: file, maxWalBytes: bounds.maxWalBytes, held: this.#held },
        writer: () => (this.#writer?.database.isTransaction ? undefined : this.#writer),
      })
    }
  }

  #checkSchema(query: ReadQuery): void {
    // A writer who waits for the end of the read keeps all other handles out, but the file stays as it is until then.
    if (this.#file.locks && this.#schema.isAt(this.#file.identity, this.#file.schemaVersion)) return
    try {
      this.#schema.check(this.#look(), query)
    } catch (error) {
      throw translateSqliteError(error)
    }
  }

  /** An existing file of the user is opened read-only, and only written to by commands that do so explicitly. */
  async managed(): Promise<boolean> {
    return this.#file.own
  }

  async version(): Promise<string> {
    const row = await whenUnlocked(() => this.#look().database.prepare('select sqlite_version() as version').get())
    return `SQLite ${String(row?.version)}`
  }

  read(query: ReadQuery, signal: AbortSignal): AsyncIterable<ReadBatch> {
    const read = (reading: AbortSignal): AsyncIterable<ReadBatch> =>
      query.ofCaller || query.long
        ? readInSubprocess(this.#subprocess, query, reading)
        : readSqlite(this.#readers, query, reading, this.#bounds, this.#held)
    return this.#file.locks ? readAhead(read, signal) : read(signal)
  }

  /** Every SQLite table is transactional. */
  snapshot(_datasets: readonly Dataset[], signal: AbortSignal): Promise<Snapshot> {
    return openSqliteSnapshot(this.#readers, this.#subprocess, signal)
  }

  async keepsTransactions(): Promise<boolean> {
    return true
  }

  onCommit(listener: CommitListener): () => void {
    return this.#commits.listen(listener)
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
    try {
      return this.#commits.watch(await whenUnlocked(() => new SqliteTransaction(this.#write(), signal, resolve)))
    } catch (error) {
      resolve()
      throw error
    }
  }

  async describe(ref: TableRef): Promise<TableShape | undefined> {
    return whenUnlocked(() => this.#schema.describe(this.#look(), textOf(ref))).catch((error: unknown) => {
      throw translateSqliteError(error)
    })
  }

  async describeSeveral(tables: readonly string[]): Promise<readonly (TableShape | undefined)[]> {
    const shapes: (TableShape | undefined)[] = []
    for (const [at, table] of tables.entries()) {
      shapes.push(await this.describe(table))
      // Other calls are served meanwhile.
      if (at % AT_ONCE === AT_ONCE - 1) await setImmediate()
    }
    return shapes
  }

  async tableNames(): Promise<readonly string[]> {
    const names = await whenUnlocked(() => this.#look().database.prepare(TABLE_NAMES).all()).catch((error: unknown) => {
      throw translateSqliteError(error)
    })
    return names.map(({ name }) => String(name))
  }

  dataVersion(): string {
    try {
      // SQLite counts commits of other handles, and this one never writes.
      const handle = this.#look()
      this.#dataVersion = `${handle.identity} ${String(handle.prepare('pragma data_version').get()?.data_version)}`
    } catch (error) {
      // A write that holds the file is not visible yet.
      if (!isBusy(error)) throw error
    }
    return this.#dataVersion
  }

  async commitMark(_signal: AbortSignal, before?: SqliteMark): Promise<SqliteMark> {
    // Both times, because others may commit in between.
    const first = this.#others()
    // Counted by each connection from its own beginning.
    const text = this.dataVersion() === '' ? undefined : `${this.#name} ${this.dataVersion()}`
    const others = this.#others()
    if (others === undefined || first !== others) return { text, coversReads: true }
    const alone = before?.others === others && !this.#commits.areCommitting && !this.#cascades()
    return { text, others, coversReads: true, ...(alone ? { written: [] } : {}) }
  }

  /** The same as long as only transactions of this engine are committed, which its listeners are notified of. */
  #others(): string | undefined {
    const writer = this.#current(this.#writer)
    if (!writer) return undefined
    try {
      // The writing handle counts the commits of others.
      const { data_version: commits } = writer.prepare('pragma data_version').get() ?? {}
      return `${writer.identity} ${String(commits)} ${this.#commits.definitions}`
    } catch (error) {
      if (!isBusy(error)) throw error
      return undefined
    }
  }

  /** Whether a write may change rows of other tables. */
  #cascades(): boolean {
    return this.#look().prepare(CASCADES).get() !== undefined
  }

  async define(statements: readonly string[]): Promise<void> {
    await whenUnlocked(() => {
      const { database } = this.#write()
      try {
        database.exec(['begin immediate', ...statements, 'commit'].join(';\n'))
      } catch (error) {
        if (database.isTransaction) database.exec('rollback')
        throw translateSqliteError(error)
      } finally {
        this.#commits.define()
      }
    })
  }

  async ping(): Promise<void> {
    try {
      await whenUnlocked(() => this.#look().database.prepare('pragma schema_version').get())
    } catch (error) {
      throw translateSqliteError(error)
    }
  }

  async explain(sql: string, parameters: readonly unknown[]): Promise<readonly PlanLine[]> {
    try {
      const rows = await whenUnlocked(() =>
        this.#look()
          .database.prepare(`explain query plan ${sql}`)
          .all(...parameters.map(toSqlite)),
      )
      return rows.map(({ detail }) => ({ detail }))
    } catch (error) {
      throw translateSqliteError(error)
    }
  }

  load(): PoolLoad {
    const { inUse, waiting } = this.slots
    const open = inUse + this.#readers.free + this.#subprocess.processes.idle
    return { open, busy: inUse, waiting, oldestSnapshotMs: this.#held.oldestMs }
  }

  /** A file has no accounts. */
  async excessRights(): Promise<readonly string[]> {
    return []
  }

  async missingRights(): Promise<readonly never[]> {
    return []
  }

  /** The writing handle for the current file. */
  #write(): Handle {
    this.#writer = this.#current(this.#writer) ?? new Handle(this.#file, 'write')
    return this.#writer
  }

  #look(): Handle {
    this.#looker = this.#current(this.#looker) ?? new Handle(this.#file, 'read')
    return this.#looker
  }

  /** The handle, unless its file was replaced. Throws `DATABASE_UNAVAILABLE` if the file is missing. */
  #current(handle: Handle | undefined): Handle | undefined {
    if (!handle || handle.identity === this.#file.identity) return handle
    handle.database.close()
    return undefined
  }

  async close(): Promise<void> {
    this.#wal?.stop()
    this.#readers.close()
    // A second close does nothing, as on the other engines.
    for (const handle of [this.#looker, this.#writer]) if (handle?.database.isOpen) handle.database.close()
    await this.#subprocess.processes.close()
  }
}
