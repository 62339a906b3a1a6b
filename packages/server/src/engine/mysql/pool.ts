import type { Socket } from 'node:net'
import { StockdbError } from '@stockdb/contract'
import type { Pool, PoolConnection } from 'mysql2'
import { createPool } from 'mysql2'
import type { Log } from '../../telemetry/log.ts'
import type { PoolLoad } from '../../telemetry/metrics.ts'
import { onBehalfOf } from '../../telemetry/running-call.ts'
import { connectionOptions } from './address.ts'
import { translateMysqlError } from './errors.ts'

export interface PoolOptions {
  /** Connections at most, the one for kills not counted. */
  readonly connections: number
  /** How long a call waits for a free connection. */
  readonly acquireTimeoutMs: number
  /** Calls that may wait at once. */
  readonly queueLimit: number
}

export const defaultPoolOptions: PoolOptions = { connections: 10, acquireTimeoutMs: 10_000, queueLimit: 1_000 }

/** Connections for kills: many callers may leave at once. */
const KILLERS = 4

/** How long the kill of a query may take before it is given up. */
const KILL_TIMEOUT_MS = 5_000

/**
 * Set on every new connection. A reader that is slow to take its rows may leave the database waiting for up to
 * `net_write_timeout` seconds; at its default of 60 an ordinary pause of a strategy would end in a lost connection.
 */
const SESSION =
  "set session time_zone = '+00:00', net_write_timeout = 600, sql_mode = 'STRICT_TRANS_TABLES,NO_ZERO_DATE,NO_ZERO_IN_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION'"

/** Connections for reads and writes, and a few more, opened when first needed, that kill what must end. */
export class MysqlPool {
  readonly #pool: Pool
  readonly #killers: Pool
  readonly #options: PoolOptions
  readonly #log: Log
  /** Kills under way: whoever closes the pool must not leave a query behind. */
  readonly #kills = new Set<Promise<void>>()

  constructor(address: string, options: PoolOptions, log: Log) {
    this.#options = options
    this.#log = log
    const base = connectionOptions(address)
    this.#pool = createPool({
      ...base,
      connectionLimit: options.connections,
      // idleTimeout does nothing unless fewer connections may idle than exist.
      maxIdle: Math.max(1, options.connections - 1),
      idleTimeout: 60_000,
      queueLimit: options.queueLimit,
    })
    this.#pool.on('connection', (connection) => connection.query(SESSION))
    this.#killers = createPool({
      ...base,
      connectionLimit: KILLERS,
      maxIdle: 1,
      idleTimeout: 60_000,
      queueLimit: 1_000,
    })
  }

  /**
   * A connection of one's own, to be given back by `release()` when nothing runs on it any more, else to `discard`.
   * Throws `OVERLOADED` when none becomes free in time, `DATABASE_UNAVAILABLE` when the database is not there.
   */
  acquire(signal: AbortSignal): Promise<PoolConnection> {
    return new Promise((resolve, reject) => {
      let waiting = true
      const settle = (act: () => void): void => {
        if (!waiting) return
        waiting = false
        clearTimeout(timer)
        signal.removeEventListener('abort', onAbort)
        act()
      }
      const onAbort = (): void => settle(() => reject(signal.reason))
      const timer = setTimeout(
        () =>
          settle(() =>
            reject(overloaded(`no database connection became free within ${this.#options.acquireTimeoutMs} ms`)),
          ),
        this.#options.acquireTimeoutMs,
      )
      signal.addEventListener('abort', onAbort)
      if (signal.aborted) onAbort()
      // A connection outlives the call that it is opened for, and must not be taken for a part of it.
      onBehalfOf(undefined, () =>
        this.#pool.getConnection((error, connection) => {
          if (!waiting) connection?.release()
          else if (error?.message === 'Queue limit reached.')
            settle(() => reject(overloaded('too many calls wait for the database')))
          else if (error) settle(() => reject(translateMysqlError(error)))
          else settle(() => resolve(connection))
        }),
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
    // mysql2 only says goodbye: rows under way would still be parsed, and a paused socket would wait behind them for
    // ever. With an error, so that a command which is waited for fails as well.
    ;(connection as unknown as { readonly stream: Socket }).stream.destroy(
      Object.assign(new Error('the connection was thrown away'), { code: 'PROTOCOL_CONNECTION_LOST' }),
    )
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#kills.add(promise)
    this.#killers.query({ sql: `kill ${Number(threadId)}`, timeout: KILL_TIMEOUT_MS }, (error) => {
      if (error && error.code !== 'ER_NO_SUCH_THREAD') this.#log.warn({ err: error, threadId }, 'kill failed')
      this.#kills.delete(promise)
      resolve()
    })
  }

  load(): PoolLoad {
    // What mysql2 keeps but does not declare.
    const { _allConnections, _freeConnections, _connectionQueue } = this.#pool as unknown as Record<
      '_allConnections' | '_freeConnections' | '_connectionQueue',
      { readonly length: number }
    >
    const open = _allConnections.length
    return { open, busy: open - _freeConnections.length, waiting: _connectionQueue.length }
  }

  async close(): Promise<void> {
    await Promise.all(this.#kills)
    await Promise.all(
      [this.#pool, this.#killers].map((pool) => new Promise<void>((resolve) => pool.end(() => resolve()))),
    )
  }
}

function overloaded(message: string): StockdbError {
  return new StockdbError('OVERLOADED', message)
}
