import { DatabaseSync, type StatementSync } from 'node:sqlite'
import type { Semaphore } from '../../bounds/semaphore.ts'
import { SizedCache } from '../../bounds/sized-cache.ts'
import type { ReadQuery } from '../engine.ts'
import { translateSqliteError } from './errors.ts'
import { APPLICATION_ID, type SqliteFile } from './file.ts'
import { addFinite } from './finite.ts'
import { addNumberReaders } from './loose-numbers.ts'
import { BLOCKED_MS, whenFree } from './when-free.ts'

/** Of the prepared statements that a handle keeps. */
const STATEMENT_BYTES = 2 ** 20
/** SQLite's code for a statement takes more than its text. */
const BYTES_A_LETTER = 8
/** Times that a file may be replaced while it is being opened. */
const MAX_OPENINGS = 3

/** Watches the file's tables as handles read them. */
export interface Watch {
  /** Called with a handle that has the first row of a query. Throws when one of the query's tables is not what it was. */
  check(handle: Handle, query: ReadQuery): void
}

/** A connection to the file, with its prepared statements. */
export class Handle {
  readonly database: DatabaseSync
  /** Which file it is; another one may have taken its place since. */
  readonly identity: string
  /** What watches the file's tables as the handle reads them. */
  readonly schema: Watch | undefined
  readonly #statements = new SizedCache<StatementSync>(
    STATEMENT_BYTES,
    ({ sourceSQL }) => sourceSQL.length * BYTES_A_LETTER,
  )

  /** `blockedMs`: how long SQLite may wait, in this thread, for another process that holds the file. */
  constructor(file: SqliteFile, purpose: 'read' | 'write', schema?: Watch, blockedMs = BLOCKED_MS) {
    this.schema = schema
    try {
      for (let opening = 1; ; opening++) {
        const database = purpose === 'read' ? openToRead(file, blockedMs) : openToWrite(file, blockedMs)
        const { identity } = file
        // It is opened by its first use, and may have been replaced meanwhile.
        if (database.identity === identity || opening === MAX_OPENINGS) {
          this.database = database.opened
          this.identity = identity
          break
        }
        database.opened.close()
      }
      addFinite(this.database)
      addNumberReaders(this.database)
    } catch (error) {
      throw translateSqliteError(error)
    }
  }

  prepare(sql: string): StatementSync {
    let statement = this.#statements.get(sql)
    if (!statement) {
      statement = this.database.prepare(sql)
      this.#statements.set(sql, statement)
    }
    return statement
  }
}

interface Opened {
  readonly opened: DatabaseSync
  /** Of the file that was there beside the opening. */
  readonly identity: string
}

function openToRead(file: SqliteFile, timeout: number): Opened {
  const { identity } = file
  const opened = new DatabaseSync(file.location, { readOnly: true, timeout, allowExtension: false })
  opened.exec('pragma schema_version')
  return { opened, identity }
}

/** Opens a file to write to, and makes it where there is none. */
function openToWrite(file: SqliteFile, timeout: number): Opened {
  const { own } = file
  const opened = new DatabaseSync(file.path, { timeout, allowExtension: false })
  if (own) {
    const { application_id: mark } = opened.prepare('pragma application_id').get() ?? {}
    if (mark !== APPLICATION_ID) opened.exec(`pragma application_id = ${APPLICATION_ID}`)
    // Readers go on while one writer writes; the mode is kept in the file.
    opened.exec('pragma journal_mode = wal')
  }
  // A commit is on the disk when it returns: with less, the last ones could be gone after a power failure.
  opened.exec('pragma synchronous = full; pragma schema_version')
  return { opened, identity: file.identity }
}

/**
 * Read-only handles, one for each read under way: a handle's snapshot lasts as long as any of its statements runs, so
 * that a shared one, always busy, would never see a write.
 */
export class ReadHandles {
  readonly #file: SqliteFile
  readonly #free: Handle[] = []
  readonly #slots: Semaphore
  readonly #schema: Watch

  constructor(file: SqliteFile, slots: Semaphore, schema: Watch) {
    this.#schema = schema
    this.#file = file
    this.#slots = slots
  }

  /** How many are open and in no use. */
  get free(): number {
    return this.#free.length
  }

  async acquire(signal: AbortSignal): Promise<Handle> {
    await this.#slots.acquire(signal)
    try {
      return await this.#readable()
    } catch (error) {
      this.#slots.release()
      throw error
    }
  }

  /** Waits until the file can be read; the caller holds a slot already. */
  async whenReadable(): Promise<void> {
    this.#free.push(await this.#readable())
  }

  /** A handle, once no writer keeps readers out. */
  async #readable(): Promise<Handle> {
    const handle = await whenFree(() => this.take())
    if (!this.#file.locks) return handle
    try {
      await whenFree(() => handle.prepare('pragma schema_version').get())
      return handle
    } catch (error) {
      this.#free.push(handle)
      throw translateSqliteError(error)
    }
  }

  /** A handle of the file that is there now; the caller holds a slot already. */
  take(): Handle {
    const { identity } = this.#file
    for (let handle = this.#free.pop(); handle; handle = this.#free.pop()) {
      if (handle.identity === identity) return handle
      handle.database.close()
    }
    return new Handle(this.#file, 'read', this.#schema)
  }

  /** Gives handle and slot back. */
  release(handle: Handle): void {
    this.#free.push(handle)
    this.#slots.release()
  }

  close(): void {
    for (const handle of this.#free.splice(0)) handle.database.close()
  }
}
