import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { LRUCache } from 'lru-cache'
import type { Bounds } from '../../bounds/settings.ts'
import { type Load, Slots } from '../../bounds/slots.ts'
import type { PoolLoad } from '../../telemetry/metrics.ts'
import { translateSqliteError } from './errors.ts'
import { WATCH_FUNCTION } from './watch-function.ts'

/** Prepared statements that a handle keeps. */
const STATEMENTS = 64
/** How long SQLite itself waits for another process that holds the file. */
const BUSY_TIMEOUT_MS = 5_000

/** Calls of the watch function between two looks at the clock. */
const WATCH_CALLS = 256

/** A connection to the file, with its prepared statements. */
export class Handle {
  readonly database: DatabaseSync
  /** Set while a query runs: throws when it has worked too long. */
  watch: (() => void) | undefined
  readonly #statements = new LRUCache<string, StatementSync>({ max: STATEMENTS })

  constructor(file: string, readOnly: boolean) {
    try {
      this.database = new DatabaseSync(file, { readOnly, timeout: BUSY_TIMEOUT_MS, allowExtension: false })
      // Readers go on while one writer writes; set by the writer, which comes first, and kept in the file. A commit is on the
      // disk when it returns: with less, the last ones could be gone after a power failure, though they were acknowledged.
      if (!readOnly) this.database.exec('pragma journal_mode = wal; pragma synchronous = full')
      let calls = 0
      this.database.function(WATCH_FUNCTION, (_column) => {
        if (++calls % WATCH_CALLS === 0) this.watch?.()
        return 1
      })
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

  constructor(file: string, bounds: Bounds) {
    this.#file = file
    this.#slots = new Slots({ ...bounds, limit: bounds.connections, what: 'a database handle' })
  }

  get slots(): Load {
    return this.#slots
  }

  async acquire(signal: AbortSignal): Promise<Handle> {
    await this.#slots.acquire(signal)
    try {
      return this.#free.pop() ?? new Handle(this.#file, true)
    } catch (error) {
      this.#slots.release()
      throw error
    }
  }

  release(handle: Handle): void {
    this.#free.push(handle)
    this.#slots.release()
  }

  load(): PoolLoad {
    const { inUse, waiting } = this.#slots
    return { open: inUse + this.#free.length, busy: inUse, waiting }
  }

  close(): void {
    for (const handle of this.#free.splice(0)) handle.database.close()
  }
}
