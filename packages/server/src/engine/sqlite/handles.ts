import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { LRUCache } from 'lru-cache'
import type { Slots } from '../../bounds/slots.ts'
import { translateSqliteError } from './errors.ts'
import { addFinite } from './finite.ts'

/** Prepared statements that a handle keeps. */
const STATEMENTS = 64
/** How long SQLite itself waits for another process that holds the file. */
const BUSY_TIMEOUT_MS = 5_000

/** A connection to the file, with its prepared statements. */
export class Handle {
  readonly database: DatabaseSync
  readonly #statements = new LRUCache<string, StatementSync>({ max: STATEMENTS })

  constructor(file: string, readOnly: boolean) {
    try {
      this.database = new DatabaseSync(file, { readOnly, timeout: BUSY_TIMEOUT_MS, allowExtension: false })
      addFinite(this.database)
      // Readers go on while one writer writes; set by the writer, which comes first, and kept in the file. A commit is on the
      // disk when it returns: with less, the last ones could be gone after a power failure, though they were acknowledged.
      if (!readOnly) this.database.exec('pragma journal_mode = wal; pragma synchronous = full')
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

/**
 * Read-only handles, one for each read under way: a handle's snapshot lasts as long as any of its statements runs, so
 * that a shared one, always busy, would never see a write.
 */
export class ReadHandles {
  readonly #file: string
  readonly #free: Handle[] = []
  readonly #slots: Slots

  constructor(file: string, slots: Slots) {
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
      return this.take()
    } catch (error) {
      this.#slots.release()
      throw error
    }
  }

  /** A handle for whoever has a slot already. */
  take(): Handle {
    return this.#free.pop() ?? new Handle(this.#file, true)
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
