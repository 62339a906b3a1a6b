import { DatabaseSync, type StatementSync } from 'node:sqlite'
import type { Semaphore } from '../../bounds/semaphore.ts'
import { SizedCache } from '../../bounds/sized-cache.ts'
import type { ReadQuery } from '../engine.ts'
import { translateSqliteError } from './errors.ts'
import { APPLICATION_ID, type SqliteFile } from './file.ts'
import { addFinite } from './finite.ts'
import { addNumberReaders } from './loose-numbers.ts'
import { BLOCKED_MS, whenUnlocked } from './when-unlocked.ts'

/** Maximum bytes of the prepared statements of a handle. */
const STATEMENT_BYTES = 2 ** 20
/** A compiled statement is larger than its text. */
const BYTES_A_LETTER = 8
/** Retries if a file is replaced while being opened. */
const MAX_OPENINGS = 3

/** Detects changed tables when handles read them. */
export interface Watch {
  /** Called with a handle at the first row of a query. Throws if one of the query's tables has changed. */
  check(handle: Handle, query: ReadQuery): void
}

/** A connection to the file, with its prepared statements. */
export class Handle {
  readonly database: DatabaseSync
  /** The identity of its file, which may have been replaced since. */
  readonly identity: string
  /** Detects changed tables when the handle reads them. */
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
        // The file is opened on first use, and may have been replaced meanwhile.
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
  /** The identity of the file at the time of opening. */
  readonly identity: string
}

function openToRead(file: SqliteFile, timeout: number): Opened {
  const { identity } = file
  const opened = new DatabaseSync(file.location, { readOnly: true, timeout, allowExtension: false })
  opened.exec('pragma schema_version')
  return { opened, identity }
}

/** Opens a file for writing, and creates it if it is missing. */
function openToWrite(file: SqliteFile, timeout: number): Opened {
  const { own } = file
  const opened = new DatabaseSync(file.path, { timeout, allowExtension: false })
  if (own) {
    const { application_id: mark } = opened.prepare('pragma application_id').get() ?? {}
    if (mark !== APPLICATION_ID) opened.exec(`pragma application_id = ${APPLICATION_ID}`)
    // Readers continue during writes; the mode is stored in the file.
    opened.exec('pragma journal_mode = wal')
  }
  // A commit is on disk when it returns; otherwise a power failure could lose the last ones.
  opened.exec('pragma synchronous = full; pragma schema_version')
  return { opened, identity: file.identity }
}

/**
 * Read-only handles, one per running read: a handle's snapshot lasts as long as any of its statements runs, so that a
 * busy shared handle would never see writes.
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

  /** Number of open idle handles. */
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

  /** A handle, once no writer blocks readers. */
  async #readable(): Promise<Handle> {
    const handle = await whenUnlocked(() => this.take())
    if (!this.#file.locks) return handle
    try {
      await whenUnlocked(() => handle.prepare('pragma schema_version').get())
      return handle
    } catch (error) {
      this.#free.push(handle)
      throw translateSqliteError(error)
    }
  }

  /** A handle of the current file; the caller already holds a slot. */
  take(): Handle {
    const { identity } = this.#file
    for (let handle = this.#free.pop(); handle; handle = this.#free.pop()) {
      if (handle.identity === identity) return handle
      handle.database.close()
    }
    return new Handle(this.#file, 'read', this.#schema)
  }

  /** Returns handle and slot. */
  release(handle: Handle): void {
    this.#free.push(handle)
    this.#slots.release()
  }

  close(): void {
    for (const handle of this.#free.splice(0)) handle.database.close()
  }
}
