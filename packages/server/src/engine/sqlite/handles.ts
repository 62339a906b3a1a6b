import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { StockdbError } from '@stockdb/contract'
import { LRUCache } from 'lru-cache'
import type { PoolLoad } from '../../telemetry/metrics.ts'
import { translateSqliteError } from './errors.ts'

/** Reads that may be under way at once; further ones wait. */
const READERS = 16
/** How long a read waits for a handle. */
const ACQUIRE_TIMEOUT_MS = 10_000
/** Reads that may wait. */
const QUEUE_LIMIT = 1_000
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
      // Readers go on while one writer writes; set by the writer, which comes first, and kept in the file.
      if (!readOnly) this.database.exec('pragma journal_mode = wal; pragma synchronous = normal')
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
  readonly #waiting: ((handle: Handle) => void)[] = []
  #open = 0

  constructor(file: string) {
    this.#file = file
  }

  async acquire(signal: AbortSignal): Promise<Handle> {
    signal.throwIfAborted()
    const free = this.#free.pop()
    if (free) return free
    if (this.#open < READERS) {
      const handle = new Handle(this.#file, true)
      this.#open++
      return handle
    }
    if (this.#waiting.length >= QUEUE_LIMIT)
      throw new StockdbError('OVERLOADED', 'too many calls wait for the database')
    return new Promise((resolve, reject) => {
      const take = (handle: Handle): void => {
        clearTimeout(timer)
        signal.removeEventListener('abort', onAbort)
        resolve(handle)
      }
      const leave = (reason: unknown): void => {
        clearTimeout(timer)
        signal.removeEventListener('abort', onAbort)
        this.#waiting.splice(this.#waiting.indexOf(take), 1)
        reject(reason)
      }
      const onAbort = (): void => leave(signal.reason)
      const late = new StockdbError('OVERLOADED', `no database handle became free within ${ACQUIRE_TIMEOUT_MS} ms`)
      const timer = setTimeout(() => leave(late), ACQUIRE_TIMEOUT_MS)
      signal.addEventListener('abort', onAbort)
      this.#waiting.push(take)
    })
  }

  release(handle: Handle): void {
    const next = this.#waiting.shift()
    if (next) next(handle)
    else this.#free.push(handle)
  }

  load(): PoolLoad {
    return { open: this.#open, busy: this.#open - this.#free.length, waiting: this.#waiting.length }
  }

  close(): void {
    for (const handle of this.#free.splice(0)) handle.database.close()
  }
}
