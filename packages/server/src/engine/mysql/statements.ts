import type { PoolConnection } from 'mysql2'
import { translateMysqlError } from './errors.ts'
import { inlined } from './inlined.ts'
import { preparesStatements } from './prepared-statements.ts'

/** Runs one of our own statements on a connection and resolves to its rows, as arrays, or to its result. */
export function run<Result>(
  connection: PoolConnection,
  sql: string,
  parameters: readonly unknown[] = [],
  how: 'execute' | 'query' = 'execute',
): Promise<Result> {
  const options = preparesStatements(connection)
    ? { sql, values: parameters as never, rowsAsArray: true }
    : { sql: inlined(sql, parameters), rowsAsArray: true }
  return new Promise((resolve, reject) => {
    connection[preparesStatements(connection) ? how : 'query'](options, (error, result) => {
      if (error) reject(translateMysqlError(error))
      else resolve(result as Result)
    })
  })
}
