import type { PoolConnection } from 'mysql2'
import { setMaxParserCache } from 'mysql2'
import { SizedCache } from '../../bounds/sized-cache.ts'

/** Of the prepared statements of one connection. */
const CONNECTION_BYTES = 2 ** 20
/** A column's definition, as mysql2 keeps it of a prepared statement together with the packet that it came in. */
const COLUMN_BYTES = 600

// Rows of reads have a parser of ours (see RowParser): mysql2 makes some for our own few statements, and would keep 15,000.
setMaxParserCache(100)

/** What is prepared on each connection, by its SQL: the number of columns. */
const prepared = new WeakMap<PoolConnection, SizedCache<number>>()

/**
 * To be told before a read is executed: bounds in bytes the prepared statements that mysql2 bounds by number alone, for each
 * connection, both here and in the database.
 */
export function notePrepared(connection: PoolConnection, sql: string, columns: number): void {
  let statements = prepared.get(connection)
  if (!statements) {
    const forget = (_: number, old: string): void => {
      // As mysql2 finds it: by its SQL and the form of its rows.
      connection.unprepare({ sql: old, rowsAsArray: true } as never)
    }
    statements = new SizedCache(CONNECTION_BYTES, (count) => count * COLUMN_BYTES, forget)
    prepared.set(connection, statements)
  }
  if (statements.get(sql) === undefined) statements.set(sql, columns)
}
