import type { PoolConnection } from 'mysql2'
import type { PlanLine } from '../engine.ts'
import { translateMysqlError } from './errors.ts'
import { inlined } from './inlined.ts'
import { preparesStatements } from './prepared-statements.ts'

/**
 * The plan of a select in tabular form, which, unlike the others (MySQL 9 defaults to a tree), contains no values.
 * Empty columns are omitted.
 */
export function explainMysql(
  connection: PoolConnection,
  sql: string,
  parameters: readonly unknown[],
): Promise<readonly PlanLine[]> {
  const explained = `explain format=traditional ${sql}`
  const how = preparesStatements(connection) ? 'execute' : 'query'
  const options =
    how === 'execute' ? { sql: explained, values: parameters as never } : { sql: inlined(explained, parameters) }
  return new Promise((resolve, reject) => {
    connection[how](options, (error, lines) => {
      if (error) return reject(translateMysqlError(error))
      // EXPLAIN always returns rows.
      resolve((lines as PlanLine[]).map(plainLine))
    })
  })
}

function plainLine(line: PlanLine): PlanLine {
  return Object.fromEntries(Object.entries(line).filter(([, value]) => value !== null && value !== ''))
}
