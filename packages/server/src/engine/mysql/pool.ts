import type { Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Pool, PoolConnection } from 'mysql2'
import { createPool } from 'mysql2'
import type { Bounds } from '../../bounds/settings.ts'
import { type Load, Slots } from '../../bounds/slots.ts'
import type { Log } from '../../telemetry/log.ts'
import type { PoolLoad } from '../../telemetry/metrics.ts'
import { onBehalfOf } from '../../telemetry/running-call.ts'
import { connectionOptions } from './address.ts'
import { translateMysqlError } from './errors.ts'

export type PoolOptions = Pick<Bounds, 'connections' | 'queueLength' | 'queueWaitMs' | 'queueBurstMs'> & {
  /** Whether callers choose the names of columns, out of which mysql2 must not make code, and their types. */
  readonly adHoc?: boolean
}

/** Connections for kills and for the question whether the database is there: many callers may leave at once. */
const CONTROLLERS = 4
/** Kills that may wait. */
const KILL_QUEUE = 1_000

/** How long a connection may take to be made, a kill to be done, a ping to be answered. */
const CONTROL_TIMEOUT_MS = 5_000

/** How long the last kills may take when the pool is closed, and after them the farewells: a database that hangs must not hold up the end. */
const CLOSE_TIMEOUT_MS = 1_000

/**
 * Set on every new connection. A reader that is slow to take its rows may leave the database waiting for up to
 * `net_write_timeout` seconds; at its default of 60 an ordinary pause of a strategy would end in a lost connection.
 */
const SESSION =
  "set session time_zone = '+00:00', net_write_timeout = 600, sql_mode = 'STRICT_TRANS_TABLES,NO_ZERO_DATE,NO_ZERO_IN_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION'"

/**
 * Connections for reads and writes, and a few more, opened when first needed, that kill what must end.
 *
 * Callers wait in a queue of our own: mysql2's has no way out of it for those who leave, and no time limit.
 */
export class MysqlPool {
  readonly #pool: Pool
  readonly #controllers: Pool
  readonly #slots: Slots
  readonly #log: Log
  /** Kills under way: whoever closes the pool must not leave a query behind. */
  readonly #kills = new Set<Promise<void>>()

  constructor(address: string, options: PoolOptions, log: Log) {
    this.#slots = new Slots({ ...options, limit: options.connections, what: 'a database connection' })
    this.#log = log
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
    this.#pool.on('connection', (connection) => connection.query(SESSION))
    this.#controllers = createPool({
      ...base,
      connectionLimit: CONTROLLERS,
      maxIdle: 1,
      idleTimeout: 60_000,
      queueLimit: KILL_QUEUE,
    })
  }

  get slots(): Load {
    return this.#slots
  }

  /**
   * A connection of one's own, to be given to `release` when nothing runs on it any more, else to `discard`.
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
      // Ends by itself: a free connection is there at once, and a new one has `connectTimeout`. A connection outlives the
      // call that it is opened for, and must not be taken for a part of it.
      onBehalfOf(undefined, () =>
        this.#pool.getConnection((error, connection) => {
          // Who left keeps the slot until here, because the connection was theirs.
          if (error || !waiting) {
            connection?.release()
            this.#slots.release()
            if (error) fail(translateMysqlError(error))
            return
          }
          signal.removeEventListener('abort', onAbort)
          resolve(connection)
        }),
      )
    })
  }

  release(connection: PoolConnection): void {
    connection.release()
    this.#slots.release()
  }

  /** Throws `DATABASE_UNAVAILABLE` when the database does not answer; on a connection that no call can hold. */
  ping(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#controllers.query({ sql: 'select 1', timeout: CONTROL_TIMEOUT_MS }, (error) =>
        error ? reject(translateMysqlError(error)) : resolve(),
      )
    })
  }

  /**
   * Throws away a connection on which something may still run, and has the database end it. The connection is never
   * used again: after a kill it can not be told whether the kill hit this query or would hit the next one.
   */
  discard(connection: PoolConnection): void {
    const { threadId } = connection
    // A late error of a connection that nobody uses any more must not become an uncaught one.
    connection.on('error', () => {})
    connection.destroy()
    this.#slots.release()
    // mysql2 only says goodbye: rows under way would still be parsed, and a paused socket would wait behind them for
    // ever. With an error, so that a command which is waited for fails as well.
    ;(connection as unknown as { readonly stream: Socket }).stream.destroy(
      Object.assign(new Error('the connection was thrown away'), { code: 'PROTOCOL_CONNECTION_LOST' }),
    )
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#kills.add(promise)
    this.#controllers.query({ sql: `kill ${Number(threadId)}`, timeout: CONTROL_TIMEOUT_MS }, (error) => {
      if (error && error.code !== 'ER_NO_SUCH_THREAD') this.#log.warn({ err: error, threadId }, 'kill failed')
      this.#kills.delete(promise)
      resolve()
    })
  }

  load(): Omit<PoolLoad, 'oldestSnapshotMs'> {
    const { _allConnections, _freeConnections } = inside(this.#pool)
    const open = _allConnections.length
    return { open, busy: open - _freeConnections.length, waiting: this.#slots.waiting }
  }

  /** Ends within twice {@link CLOSE_TIMEOUT_MS}, whether the database answers or not. */
  async close(): Promise<void> {
    const pools = [this.#pool, this.#controllers]
    await within(CLOSE_TIMEOUT_MS, Promise.all(this.#kills))
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
