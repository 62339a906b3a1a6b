import type { StoredValue } from '@stockdb/contract/internal'
import type { PoolConnection, ResultSetHeader } from 'mysql2'
import { translateMysqlError } from './errors.ts'
import { inlined } from './inlined.ts'
import { executeWith } from './mysql2-inside.ts'
import { preparesStatements } from './prepared-statements.ts'
import type { ExecutePacket } from './wire/execute-packet.ts'

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

/** Runs a statement with a placeholder for each value of the rows. `isWhole`: by column, whether its numbers are whole. */
export function runRows(
  connection: PoolConnection,
  sql: string,
  rows: readonly (readonly StoredValue[])[],
  isWhole: readonly boolean[],
  packet: ExecutePacket,
): Promise<ResultSetHeader> {
  if (!preparesStatements(connection)) return run(connection, sql, rows.flat())
  return execute(connection, sql, new Once((statement) => packet.of(statement, rows, isWhole)))
}

/**
 * Gets nothing but the packet: mysql2's commands, and all that they hold, outlive V8's collections of new objects. With the rows they
 * filled the heap until the next full collection.
 */
function execute(connection: PoolConnection, sql: string, packet: Once): Promise<ResultSetHeader> {
  return new Promise((resolve, reject) => {
    executeWith(
      connection,
      sql,
      (statement) => packet.make(statement),
      (error, result) => {
        if (error) reject(translateMysqlError(error))
        else resolve(result as ResultSetHeader)
      },
    )
  })
}

/** Makes a packet, and forgets what it was made from. */
class Once {
  #make: ((statement: number) => Buffer) | undefined

  constructor(make: (statement: number) => Buffer) {
    this.#make = make
  }

  make(statement: number): Buffer {
    const make = this.#make
    if (!make) throw new TypeError('a packet was made before')
    this.#make = undefined
    return make(statement)
  }
}
