import type { PoolConnection } from 'mysql2'
import { setMaxParserCache } from 'mysql2'
import { SizedCache } from '../../bounds/sized-cache.ts'

/** Maximum bytes of the prepared statements of one connection. */
const CONNECTION_BYTES = 2 ** 20
/** A column definition, which mysql2 keeps with a prepared statement, including its packet. */
const COLUMN_BYTES = 600

// Reads use our own reader; mysql2 generates parsers only for our few other statements, and would cache 15,000.
setMaxParserCache(100)

/** Prepared statements of each connection by SQL, with their number of columns. */
const prepared = new WeakMap<PoolConnection, SizedCache<number>>()

/** Connections to servers that prepare no statements: everything is sent to them as text. */
const without = new WeakSet<PoolConnection>()

/** Whether the servers of a pool prepare statements; its first connection finds out. */
export class StatementSupport {
  #isThere: boolean | undefined

  /** Call it with every connection before it is used. */
  async note(connection: PoolConnection): Promise<void> {
    this.#isThere ??= await canPrepare(connection)
    if (!this.#isThere) without.add(connection)
  }
}

/** False for any error of the server's; throws if the connection was lost. */
function canPrepare(connection: PoolConnection): Promise<boolean> {
  return new Promise((resolve, reject) => {
    connection.prepare('select 1', (error, statement) => {
      if (!error) {
        statement.close()
        return resolve(true)
      }
      // Only what the server itself says has a state.
      const { sqlState } = error as { readonly sqlState?: string }
      if (sqlState === undefined) reject(error)
      else resolve(false)
    })
  })
}

export const preparesStatements = (connection: PoolConnection): boolean => !without.has(connection)

/**
 * Limits the bytes of prepared statements on each connection, here and in the database; mysql2 only limits their
 * number. Call it before a read is executed.
 */
export function notePrepared(connection: PoolConnection, sql: string, columns: number): void {
  let statements = prepared.get(connection)
  if (!statements) {
    const forget = (_: number, old: string): void => {
      // mysql2's cache key: the SQL and the row format.
      connection.unprepare({ sql: old, rowsAsArray: true } as never)
    }
    statements = new SizedCache(CONNECTION_BYTES, (count) => count * COLUMN_BYTES, forget)
    prepared.set(connection, statements)
  }
  if (statements.get(sql) === undefined) statements.set(sql, columns)
}
