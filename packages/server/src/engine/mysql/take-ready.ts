import type { Pool, PoolConnection } from 'mysql2'
import { translateMysqlError } from './errors.ts'
import type { SessionSetup } from './prepare-session.ts'

/** A connection of a pool with its session set, to be released or destroyed. One whose session cannot be set is destroyed. */
export function takeReady(pool: Pool, setup: SessionSetup): Promise<PoolConnection> {
  return new Promise((resolve, reject) => {
    pool.getConnection((error, connection) => {
      if (error) return reject(translateMysqlError(error))
      if (setup.isReady(connection)) return resolve(connection)
      setup.prepare(connection).then(
        () => resolve(connection),
        (reason: unknown) => {
          // A late error of a connection that nobody uses any more must not become an uncaught one.
          connection.on('error', () => {})
          connection.destroy()
          reject(reason)
        },
      )
    })
  })
}
