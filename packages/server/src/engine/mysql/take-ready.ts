import type { Pool, PoolConnection } from 'mysql2'
import { translateMysqlError } from './errors.ts'
import type { SessionSetup } from './prepare-session.ts'

/**
 * A pooled connection with its session prepared, to be released or destroyed. If the session cannot be prepared, it is
 * destroyed.
 */
export function takeReady(pool: Pool, setup: SessionSetup): Promise<PoolConnection> {
  return new Promise((resolve, reject) => {
    pool.getConnection((error, connection) => {
      if (error) return reject(translateMysqlError(error))
      if (setup.isReady(connection)) return resolve(connection)
      setup.prepare(connection).then(
        () => resolve(connection),
        (reason: unknown) => {
          // A late error of an unused connection must not become an uncaught exception.
          connection.on('error', () => {})
          connection.destroy()
          reject(reason)
        },
      )
    })
  })
}
