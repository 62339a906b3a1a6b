import type { PoolConnection } from 'mysql2'
import { isDiskFull } from './errors.ts'

const TIMEOUT_MS = 5_000

/** Client address and port of a connection, as the server sees them; `undefined` if there is no such connection. Throws the driver's errors. */
export async function hostOf(connection: PoolConnection, id: number): Promise<string | undefined> {
  try {
    const [row] = await rowsOf(connection, 'select host from information_schema.processlist where id = ?', [id])
    return row && String(row[0])
  } catch (error) {
    // On a full disk MariaDB has no room for this table; the list itself needs none.
    if (!isDiskFull(error)) throw error
    const rows = await rowsOf(connection, 'show processlist')
    const row = rows.find(([of]) => Number(of) === id)
    return row && String(row[2])
  }
}

/** The rows of a statement, as arrays. */
export function rowsOf(connection: PoolConnection, sql: string, values: readonly unknown[] = []): Promise<unknown[][]> {
  return new Promise((resolve, reject) => {
    connection.query({ sql, values: [...values], rowsAsArray: true, timeout: TIMEOUT_MS }, (error, rows) =>
      error ? reject(error) : resolve(Array.isArray(rows) ? (rows as unknown[][]) : []),
    )
  })
}
