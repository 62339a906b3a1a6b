import { setTimeout as sleep } from 'node:timers/promises'
import type { StockdbError } from '@stockdb/contract/wire'
import type { Pool, PoolConnection } from 'mysql2'
import { createPool } from 'mysql2'
import { type Load, Semaphore } from '../../bounds/semaphore.ts'
import type { Bounds } from '../../bounds/settings.ts'
import { detached } from '../detached.ts'
import type { CommitMark, PoolLoad, TableVersion } from '../engine.ts'
import type { EngineLog, ReadObserver } from '../observer.ts'
import type { TableRef } from '../table-ref.ts'
import { connectionOptions } from './address.ts'
import { CommitMarks } from './commit-mark.ts'
import { Controllers } from './controllers.ts'
import { connectionsOf, socketOf, takeFree } from './mysql2-inside.ts'
import { openSocket } from './open-socket.ts'
import { SessionSetup } from './prepare-session.ts'
import { type Pins, pinned } from './session.ts'
import { mysqlTableVersion } from './table-version.ts'
import { takeReady } from './take-ready.ts'
import { TempDisk } from './temp-disk.ts'

export type PoolOptions = Pick<Bounds, 'connections' | 'queueLength' | 'queueWaitMs' | 'queueBurstMs'> & {
  /** Whether callers choose column names and types, from which mysql2 must not generate code. */
  readonly adHoc?: boolean
  readonly maxTempDiskBytes: number
  readonly observer: ReadObserver
  /** Session settings that differ from {@link pinned}. */
  readonly pins?: Pins
}

/**
 * Timeout for the last kills when the pool closes, and again for closing connections: a hanging database must not delay
 * shutdown.
 */
const CLOSE_TIMEOUT_MS = 1_000

/**
 * Connections for reads and writes, and a few more, opened on first use, for kills.
 *
 * Callers wait in our own queue, because mysql2's supports neither cancellation nor a time limit.
 */
export class MysqlPool {
  readonly #pool: Pool
  readonly #setup: SessionSetup
  readonly #controllers: Controllers
  readonly #marks: CommitMarks
  readonly #slots: Semaphore
  readonly #callerName: () => string
  /** Whose slots the connections in use are. */
  readonly #callers = new WeakMap<PoolConnection, string>()
  readonly #tempDisk: TempDisk

  constructor(address: string, options: PoolOptions, log: EngineLog) {
    this.#slots = new Semaphore({
      ...options,
      limit: options.connections,
      what: 'a database connection',
      shared: options.adHoc === true,
    })
    this.#callerName = options.observer.callerName
    this.#setup = new SessionSetup(options.pins ?? pinned)
    const base = {
      ...connectionOptions(address),
      disableEval: options.adHoc === true,
      jsonStrings: options.adHoc === true,
    }
    this.#pool = createPool({
      ...base,
      ...(base.ssl === undefined ? { stream: openSocket } : {}),
      connectionLimit: options.connections,
      // idleTimeout only works if fewer connections may idle than exist.
      maxIdle: Math.max(1, options.connections - 1),
      idleTimeout: 60_000,
      // A caller with a slot gets a connection; a few may wait for one that is being discarded.
      queueLimit: options.connections,
    })
    this.#controllers = new Controllers(base, log)
    this.#marks = new CommitMarks(this.#controllers)
    this.#tempDisk = new TempDisk(this.#controllers, options.maxTempDiskBytes, log)
  }

  get slots(): Load {
    return this.#slots
  }

  /**
   * A connection for exclusive use; return it with `release` if nothing runs on it, else with `discard`.
   * Throws `OVERLOADED` if none becomes free in time, `DATABASE_UNAVAILABLE` if the database cannot be reached.
   */
  async acquire(signal: AbortSignal): Promise<PoolConnection> {
    const caller = this.#callerName()
    await this.#slots.acquire(signal, caller)
    const free = takeFree(this.#pool)
    if (free && this.#setup.isReady(free)) {
      this.#callers.set(free, caller)
      return free
    }
    free?.release()
    return new Promise((resolve, reject) => {
      let waiting = true
      const fail = (error: unknown): void => {
        waiting = false
        signal.removeEventListener('abort', onAbort)
        reject(error)
      }
      const onAbort = (): void => fail(signal.reason)
      signal.addEventListener('abort', onAbort)
      if (signal.aborted) onAbort()
      // Always settles: a free connection is immediate, and a new one has timeouts. A connection outlives the call that
      // opens it, and must not be attributed to it.
      detached(() => takeReady(this.#pool, this.#setup)).then(
        (connection) => {
          signal.removeEventListener('abort', onAbort)
          if (waiting) {
            this.#callers.set(connection, caller)
            return resolve(connection)
          }
          // A caller that left keeps its slot until here, because the connection was assigned to it.
          connection.release()
          this.#slots.release(caller)
        },
        (error: unknown) => {
          this.#slots.release(caller)
          fail(error)
        },
      )
    })
  }

  release(connection: PoolConnection): void {
    connection.release()
    this.#slots.release(this.#callers.get(connection))
  }

  /** Calls `exceeded` if a caller's query uses too much temporary disk. Returns a function to stop watching. */
  watchDisk({ threadId }: PoolConnection, exceeded: (error: StockdbError) => void): () => void {
    return threadId === null ? () => {} : this.#tempDisk.watch(threadId, exceeded)
  }

  /** Throws `DATABASE_UNAVAILABLE` when the database does not answer; on a connection that no call can hold. */
  ping(): Promise<void> {
    return this.#controllers.ping()
  }

  /**
   * Discards a connection on which something may still run, and kills it in the database. It is never reused, because a
   * kill may hit this query or the next one.
   */
  discard(connection: PoolConnection): void {
    const whereabouts = this.#setup.whereabouts(connection)
    // A late error of an unused connection must not become an uncaught exception.
    connection.on('error', () => {})
    connection.destroy()
    this.#slots.release(this.#callers.get(connection))
    // mysql2 would only send COM_QUIT: pending rows would still be parsed, and a paused socket would wait behind them
    // forever. With an error, so that a pending command fails as well.
    socketOf(connection).destroy(
      Object.assign(new Error('the connection was discarded'), { code: 'PROTOCOL_CONNECTION_LOST' }),
    )
    if (whereabouts) this.#controllers.kill(whereabouts)
  }

  /**
   * What the server reports of its commits. Nothing, where connections reach several servers: what one has committed, another may
   * not show yet.
   */
  async commitMark(before: CommitMark | undefined): Promise<CommitMark> {
    const mark = await this.#marks.read(before)
    return this.#controllers.sameServer(this.#setup) ? mark : { text: undefined }
  }

  /** When tables were last written. Nothing, where connections reach several servers: what one shows, another may not show yet. */
  async tableVersion(tables: readonly TableRef[]): Promise<TableVersion | undefined> {
    const version = await mysqlTableVersion(this.#controllers, tables)
    return this.#controllers.sameServer(this.#setup) ? version : undefined
  }

  load(): Omit<PoolLoad, 'oldestSnapshotMs'> {
    const { all, free } = connectionsOf(this.#pool)
    return { open: all.length, busy: all.length - free, waiting: this.#slots.waiting }
  }

  /** Ends within twice {@link CLOSE_TIMEOUT_MS}, whether the database answers or not. */
  async close(): Promise<void> {
    const pools = [this.#pool, this.#controllers.pool]
    await within(CLOSE_TIMEOUT_MS, this.#controllers.idle())
    const ended = pools.map((pool) => new Promise<void>((resolve) => pool.end(() => resolve())))
    await within(CLOSE_TIMEOUT_MS, Promise.all(ended))
    for (const connection of pools.flatMap((pool) => connectionsOf(pool).all)) {
      connection.on('error', () => {})
      socketOf(connection).destroy()
    }
  }
}

/** Resolves when the promise does, or at the timeout. */
async function within(timeoutMs: number, promise: Promise<unknown>): Promise<void> {
  const done = new AbortController()
  const late = sleep(timeoutMs, undefined, { signal: done.signal }).catch(() => {})
  await Promise.race([promise, late])
  done.abort()
}
