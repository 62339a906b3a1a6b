import type { PoolConnection } from 'mysql2'
import { translateMysqlError } from './errors.ts'

/** Runs one of our own statements on a connection and resolves to its rows, as arrays, or to its result. */
export function run<Result>(
  connection: PoolConnection,
  sql: string,
  parameters: readonly unknown[] = [],
  how: 'execute' | 'query' = 'execute',
): Promise<Result> {
  return new Promise((resolve, reject) => {
    connection[how]({ sql, values: parameters as never, rowsAsArray: true }, (error, result) => {
      if (error) reject(translateMysqlError(error))
      else resolve(result as Result)
    })
  })
}
