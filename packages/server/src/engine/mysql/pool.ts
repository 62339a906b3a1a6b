import type { Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { StockdbError } from '@stockdb/contract/wire'
import type { Pool, PoolConnection } from 'mysql2'
import { createPool } from 'mysql2'
import { type Load, Semaphore } from '../../bounds/semaphore.ts'
import type { Bounds } from '../../bounds/settings.ts'
import { detached } from '../detached.ts'
import type { PoolLoad } from '../engine.ts'
import type { EngineLog, ReadObserver } from '../observer.ts'
import { connectionOptions } from './address.ts'
import { Controllers } from './controllers.ts'
import { SessionSetup } from './prepare-session.ts'
import { type Pins, pinned } from './session.ts'
import { takeReady } from './take-ready.ts'
import { TempDisk } from './temp-disk.ts'

export type PoolOptions = Pick<Bounds, 'connections' | 'queueLength' | 'queueWaitMs' | 'queueBurstMs'> & {
  /** Whether callers choose the names of columns, out of which mysql2 must not make code, and their types. */
  readonly adHoc?: boolean
  readonly maxTempDiskBytes: number
  readonly observer: ReadObserver
  /** What the sessions are set to, where it is not {@link pinned}. */
  readonly pins?: Pins
}

/** How long the last kills may take when the pool is closed, and after them the goodbyes: a hanging database must not delay the end. */
const CLOSE_TIMEOUT_MS = 1_000

/**
 * Connections for reads and writes, and a few more, opened when first needed, that kill what must end.
 *
 * Callers wait in a queue of our own: mysql2's has no way out of it for those who leave, and no time limit.
 */
export class MysqlPool {
  readonly #pool: Pool
  readonly #setup: SessionSetup
  readonly #controllers: Controllers
  readonly #slots: Semaphore
  readonly #tempDisk: TempDisk

  constructor(address: string, options: PoolOptions, log: EngineLog) {
    this.#slots = new Semaphore({
      ...options,
      limit: options.connections,
      what: 'a database connection',
      callerOf: options.observer.callerName,
    })
    this.#setup = new SessionSetup(options.pins ?? pinned)
    const base = {
      ...connectionOptions(address),
      disableEval: options.adHoc === true,
      jsonStrings: options.adHoc === true,
    }
    this.#pool = createPool({
      ...base,
      connectionLimit: options.connections,
      // idleTimeout does nothing unless fewer connections may idle than exist.
      maxIdle: Math.max(1, options.connections - 1),
      idleTimeout: 60_000,
      // Who has a slot finds a connection; a few may wait for one that is being thrown away.
      queueLimit: options.connections,
    })
    this.#controllers = new Controllers(base, log)
    this.#tempDisk = new TempDisk(this.#controllers, options.maxTempDiskBytes, log)
  }

  get slots(): Load {
    return this.#slots
  }

  /**
   * A connection for the caller alone; give it to `release` when nothing runs on it any more, else to `discard`.
   * Throws `OVERLOADED` when none becomes free in time, `DATABASE_UNAVAILABLE` when the database is not there.
   */
  async acquire(signal: AbortSignal): Promise<PoolConnection> {
    await this.#slots.acquire(signal)
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
      // Ends by itself: a free connection is there at once, and a new one has its time limits. A connection outlives the
      // call that it is opened for, and must not be taken for a part of it.
      detached(() => takeReady(this.#pool, this.#setup)).then(
        (connection) => {
          signal.removeEventListener('abort', onAbort)
          if (waiting) return resolve(connection)
          // Who left keeps the slot until here, because the connection was theirs.
          connection.release()
          this.#slots.release()
        },
        (error: unknown) => {
          this.#slots.release()
          fail(error)
        },
      )
    })
  }

  release(connection: PoolConnection): void {
    connection.release()
    this.#slots.release()
  }

  /** Calls `exceeded` if a query of a caller's own fills the disk with temporary files. The result stops the watch. */
  watchDisk({ threadId }: PoolConnection, exceeded: (error: StockdbError) => void): () => void {
    return threadId === null ? () => {} : this.#tempDisk.watch(threadId, exceeded)
  }

  /** Throws `DATABASE_UNAVAILABLE` when the database does not answer; on a connection that no call can hold. */
  ping(): Promise<void> {
    return this.#controllers.ping()
  }

  /**
   * Throws away a connection on which something may still run, and has the database end it. The connection is never
   * used again: after a kill it is unknown whether the kill hit this query or would hit the next one.
   */
  discard(connection: PoolConnection): void {
    const whereabouts = this.#setup.whereabouts(connection)
    // A late error of a connection that nobody uses any more must not become an uncaught one.
    connection.on('error', () => {})
    connection.destroy()
    this.#slots.release()
    // mysql2 only says goodbye: rows under way would still be parsed, and a paused socket would wait behind them
    // forever. With an error, so that a command which is waited for fails as well.
    ;(connection as unknown as { readonly stream: Socket }).stream.destroy(
      Object.assign(new Error('the connection was thrown away'), { code: 'PROTOCOL_CONNECTION_LOST' }),
    )
    if (whereabouts) this.#controllers.kill(whereabouts)
  }

  load(): Omit<PoolLoad, 'oldestSnapshotMs'> {
    const { _allConnections, _freeConnections } = inside(this.#pool)
    const open = _allConnections.length
    return { open, busy: open - _freeConnections.length, waiting: this.#slots.waiting }
  }

  /** Ends within twice {@link CLOSE_TIMEOUT_MS}, whether the database answers or not. */
  async close(): Promise<void> {
    const pools = [this.#pool, this.#controllers.pool]
    await within(CLOSE_TIMEOUT_MS, this.#controllers.idle())
    const ended = pools.map((pool) => new Promise<void>((resolve) => pool.end(() => resolve())))
    await within(CLOSE_TIMEOUT_MS, Promise.all(ended))
    for (const { _allConnections: left } of pools.map(inside)) {
      for (const connection of Array.from({ length: left.length }, (_, index) => left.get(index))) {
        connection.on('error', () => {})
        connection.stream.destroy()
      }
    }
  }
}

/** What mysql2 keeps of a pool but does not declare. */
interface Inside {
  readonly _allConnections: {
    readonly length: number
    get(index: number): PoolConnection & { readonly stream: Socket }
  }
  readonly _freeConnections: { readonly length: number }
}

const inside = (pool: Pool): Inside => pool as unknown as Inside

/** Resolves when the promise does, or when its time is over. */
async function within(timeoutMs: number, promise: Promise<unknown>): Promise<void> {
  const done = new AbortController()
  const late = sleep(timeoutMs, undefined, { signal: done.signal }).catch(() => {})
  await Promise.race([promise, late])
  done.abort()
}
