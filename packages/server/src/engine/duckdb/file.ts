import { existsSync, realpathSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import { StockdbError } from '@stockdb/contract/wire'
import { makeFolder } from '../make-folder.ts'
import { translateDuckdbError, translateOpening } from './errors.ts'
import { loadDuckdb } from './load.ts'
import { mayWrite } from './may-write.ts'
import { type FileBounds, lockSettings, openingOptions } from './settings.ts'
import { newTempFolder, removeTempFolder } from './temp-folder.ts'

/** A schema without tables, by which files that stockdb made are known: DuckDB keeps no mark of an application. */
export const MARK_SCHEMA = 'made_by_stockdb'
const IS_MANAGED = `select exists(from duckdb_schemas() where database_name = current_database() and schema_name = '${MARK_SCHEMA}')
  or not exists(from duckdb_tables() where database_name = current_database() and not internal)
  and not exists(from duckdb_views() where database_name = current_database() and not internal)`

/** A connection that is in use. */
export interface Lease {
  readonly connection: DuckDBConnection
  /** For the next one: nothing runs on it. */
  giveBack(): void
  /** Something may run on it, or be left of it. */
  discard(): void
}

/** The file as it is open now. */
interface Opened {
  readonly instance: DuckDBInstance
  readonly mode: 'read' | 'write'
  /** Which file it is; another one may have taken its place since. */
  readonly identity: string
  readonly managed: boolean
  readonly tempFolder: string
  readonly free: DuckDBConnection[]
  busy: number
  /** Set when no new connection may be made; settled once it is closed. */
  closing: PromiseWithResolvers<void> | undefined
}

/** The files that are open in this process, by their paths. */
const files = new Map<string, DuckdbFile>()

/**
 * A DuckDB file. One process may have it open for writing, and must open it once, whatever it has it for: its users share it.
 * A file of others is opened for reading until something is written to it, so that others can read it at the same time.
 */
export class DuckdbFile {
  readonly path: string
  readonly #bounds: FileBounds
  #users = 0
  #opened: Promise<Opened> | undefined

  /** The file of a path; each user calls {@link close} in the end. */
  static of(path: string, bounds: FileBounds): DuckdbFile {
    const key = realPath(path)
    const file = files.get(key) ?? new DuckdbFile(key, bounds)
    files.set(key, file)
    file.#users++
    return file
  }

  private constructor(path: string, bounds: FileBounds) {
    this.path = path
    this.#bounds = bounds
  }

  /** Whether stockdb made the file, or may fill it because it is empty. */
  async managed(): Promise<boolean> {
    return (await this.#current('read')).managed
  }

  /** How many connections are open. */
  open = 0
  #writes = 0

  /** Tells states of the file apart. */
  get version(): string {
    return `${this.identity} ${this.#writes}`
  }

  /** How often anyone in this process had it to write. */
  get writes(): number {
    return this.#writes
  }

  /** A connection. To `write`, a file of others is opened again once it is not being read. */
  async lease(purpose: 'read' | 'write' = 'read'): Promise<Lease> {
    const opened = await this.#current(purpose)
    opened.busy++
    let connection: DuckDBConnection
    try {
      connection = opened.free.pop() ?? (await this.#connect(opened))
    } catch (error) {
      this.#leave(opened)
      throw translateDuckdbError(error)
    }
    let held = true
    const end = (how: 'free' | 'close'): void => {
      if (!held) return
      held = false
      if (purpose === 'write') this.#writes++
      if (how === 'free' && !opened.closing) opened.free.push(connection)
      else this.#disconnect(connection)
      this.#leave(opened)
    }
    return { connection, giveBack: () => end('free'), discard: () => end('close') }
  }

  /** After a failure that leaves an instance without use. */
  reopen(): void {
    const opened = this.#opened
    this.#opened = undefined
    void opened?.then((one) => this.#retire(one)).catch(() => {})
  }

  /** The last user closes the file, once its connections have come back. */
  async close(): Promise<void> {
    if (--this.#users > 0) return
    if (files.get(this.path) === this) files.delete(this.path)
    const opened = await this.#opened?.catch(() => undefined)
    this.#opened = undefined
    if (opened) await this.#retire(opened)
  }

  async #current(purpose: 'read' | 'write'): Promise<Opened> {
    this.#opened ??= this.#open(purpose)
    const promise = this.#opened
    let opened: Opened
    try {
      opened = await promise
    } catch (error) {
      if (this.#opened === promise) this.#opened = undefined
      throw error
    }
    const isCurrent = opened.identity === this.identity && (purpose === 'read' || opened.mode === 'write')
    if (isCurrent && !opened.closing) return opened
    if (this.#opened === promise) this.#opened = this.#retire(opened).then(() => this.#open(purpose))
    return this.#current(purpose)
  }

  /** Throws `DATABASE_UNAVAILABLE` where the file is gone: what is open is no longer what others see. */
  get identity(): string {
    const stat = statSync(this.path, { bigint: true, throwIfNoEntry: false })
    if (stat) return `${stat.dev}:${stat.ino}`
    throw new StockdbError('DATABASE_UNAVAILABLE', 'the database file is missing: it was deleted or moved')
  }

  async #open(purpose: 'read' | 'write'): Promise<Opened> {
    if (!existsSync(this.path)) {
      try {
        makeFolder(dirname(this.path))
      } catch (error) {
        throw new StockdbError('DATABASE_UNAVAILABLE', 'cannot create the folder of the database file', {
          cause: error,
        })
      }
      return this.#openAs('write')
    }
    if (purpose === 'write' || statSync(this.path).size === 0) return this.#openAs('write')
    const read = await this.#openAs('read')
    if (!read.managed || !mayWrite(this.path) || !mayWrite(dirname(this.path))) return read
    await this.#retire(read)
    return this.#openAs('write')
  }

  async #openAs(mode: 'read' | 'write'): Promise<Opened> {
    const { DuckDBInstance } = await loadDuckdb(this.path)
    const tempFolder = newTempFolder(this.path)
    let instance: DuckDBInstance | undefined
    try {
      instance = await DuckDBInstance.create(this.path, openingOptions(this.#bounds, mode, tempFolder))
      const connection = await instance.connect()
      await lockSettings(connection, this.#bounds)
      const rows = await (await connection.run(IS_MANAGED)).getRows()
      this.open++
      return {
        instance,
        mode,
        identity: this.identity,
        managed: rows[0]?.[0] === true && (mode === 'write' || mayWrite(this.path)),
        tempFolder,
        free: [connection],
        busy: 0,
        closing: undefined,
      }
    } catch (error) {
      instance?.closeSync()
      removeTempFolder(tempFolder)
      throw translateOpening(error, this.path)
    }
  }

  async #connect({ instance }: Opened): Promise<DuckDBConnection> {
    const connection = await instance.connect()
    this.open++
    return connection
  }

  #disconnect(connection: DuckDBConnection): void {
    connection.closeSync()
    this.open--
  }

  #leave(opened: Opened): void {
    opened.busy--
    if (opened.closing && opened.busy === 0) this.#end(opened)
  }

  /** Closes an instance as soon as nobody uses it. */
  #retire(opened: Opened): Promise<void> {
    if (!opened.closing) {
      opened.closing = Promise.withResolvers<void>()
      if (opened.busy === 0) this.#end(opened)
    }
    return opened.closing.promise
  }

  #end(opened: Opened): void {
    for (const connection of opened.free.splice(0)) this.#disconnect(connection)
    opened.instance.closeSync()
    removeTempFolder(opened.tempFolder)
    opened.closing?.resolve()
  }
}

/** The path without links, so that a file is opened once however it is named. */
function realPath(path: string): string {
  if (existsSync(path)) return realpathSync(path)
  const folder = dirname(path)
  return existsSync(folder) ? join(realpathSync(folder), basename(path)) : path
}
