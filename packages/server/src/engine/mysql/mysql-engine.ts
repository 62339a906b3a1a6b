import type { PoolConnection } from 'mysql2'
import type { Log } from '../../telemetry/log.ts'
import type { PoolLoad } from '../../telemetry/metrics.ts'
import type { PlanLine } from '../../telemetry/slow-log.ts'
import { deadline } from '../deadline.ts'
import type { Engine, ReadBatch, ReadQuery, WriteTransaction } from '../engine.ts'
import type { TableShape } from '../table-shape.ts'
import { describeMysqlTable } from './describe.ts'
import { mysqlDialect } from './dialect.ts'
import { excessRights } from './excess-rights.ts'
import { explainMysql } from './explain.ts'
import type { PoolOptions } from './pool.ts'
import { defaultPoolOptions, MysqlPool } from './pool.ts'
import { readMysql } from './reader.ts'
import { run } from './statements.ts'
import { beginMysql } from './writer.ts'

export interface MysqlOptions extends Partial<PoolOptions> {
  /** How long the database may send nothing while rows are awaited. */
  readonly silenceTimeoutMs?: number
}

/** MySQL and MariaDB, through mysql2. */
export class MysqlEngine implements Engine {
  readonly kind = 'mysql'
  readonly dialect = mysqlDialect
  readonly #pool: MysqlPool
  readonly #silenceTimeoutMs: number

  constructor(address: string, options: MysqlOptions, log: Log) {
    const { silenceTimeoutMs = 60_000, ...pool } = options
    this.#pool = new MysqlPool(address, { ...defaultPoolOptions, ...pool }, log)
    this.#silenceTimeoutMs = silenceTimeoutMs
  }

  async version(): Promise<string> {
    return this.#with(deadline(10_000), async (connection) => {
      const [row] = await run<[string][]>(connection, 'select version()')
      const version = row?.[0] ?? 'unknown'
      return version.includes('MariaDB') ? `MariaDB ${version.split('-')[0]}` : `MySQL ${version}`
    })
  }

  read(query: ReadQuery, signal: AbortSignal): AsyncIterable<ReadBatch> {
    return readMysql(this.#pool, query, signal, this.#silenceTimeoutMs)
  }

  begin(signal: AbortSignal): Promise<WriteTransaction> {
    return beginMysql(this.#pool, signal)
  }

  describe(table: string, signal: AbortSignal): Promise<TableShape | undefined> {
    return this.#with(signal, (connection) => describeMysqlTable(connection, table))
  }

  async define(statements: readonly string[], signal: AbortSignal): Promise<void> {
    await this.#with(signal, async (connection) => {
      for (const statement of statements) await run(connection, statement, [], 'query')
    })
  }

  async ping(signal: AbortSignal): Promise<void> {
    await this.#with(signal, (connection) => run(connection, 'select 1'))
  }

  async explain(sql: string, parameters: readonly unknown[], signal: AbortSignal): Promise<readonly PlanLine[]> {
    return this.#with(signal, (connection) => explainMysql(connection, sql, parameters))
  }

  load(): PoolLoad {
    return this.#pool.load()
  }

  excessRights(signal: AbortSignal): Promise<readonly string[]> {
    return this.#with(signal, async (connection) => {
      const lines = await run<[string][]>(connection, 'show grants', [], 'query')
      return excessRights(lines.map(([line]) => line))
    })
  }

  close(): Promise<void> {
    return this.#pool.close()
  }

  /** Does something short on a connection of its own, which is thrown away if it fails or `signal` fires. */
  async #with<Result>(signal: AbortSignal, act: (connection: PoolConnection) => Promise<Result>): Promise<Result> {
    const connection = await this.#pool.acquire(signal)
    let onAbort: (() => void) | undefined
    try {
      const aborted = new Promise<never>((_, reject) => {
        onAbort = () => reject(signal.reason)
        signal.addEventListener('abort', onAbort)
      })
      const result = await Promise.race([act(connection), aborted])
      connection.release()
      return result
    } catch (error) {
      this.#pool.discard(connection)
      throw error
    } finally {
      if (onAbort) signal.removeEventListener('abort', onAbort)
    }
  }
}
