import { type Connection, createConnection } from 'mysql2'
import type { Call } from '../workloads/call.ts'
import { type Point, qfqPanel } from './qfq-panel.ts'
import type { Addresses, Side } from './side.ts'
import { type Statement, statementsOf } from './statements.ts'

const CONNECTIONS = 8

/** mysql2 in the script: prepared statements, rows as arrays, a connection for each caller. */
export async function mysql2({ database }: Addresses): Promise<Side> {
  const connections = Array.from({ length: CONNECTIONS }, () => createConnection({ uri: database, dateStrings: true }))
  return {
    async run(call, caller) {
      const connection = connections[caller] as Connection
      if (call.kind === 'everything') return countRows(connection, call)
      const answers: unknown[][] = []
      for (const statement of statementsOf(call)) answers.push(await rowsOf(connection, statement))
      if (call.kind === 'panel') return qfqPanel(answers[0] as unknown as Point[], answers[1] as unknown as Point[])
      return answers[0]?.length ?? 0
    },
  }
}

function rowsOf(connection: Connection, { sql, values }: Statement): Promise<unknown[]> {
  return new Promise((resolve, reject) => {
    connection.execute({ sql, values: [...values], rowsAsArray: true }, (error, rows) =>
      error ? reject(error) : resolve(rows as unknown[]),
    )
  })
}

/** All rows of the table would not fit in memory: they are counted as they come. */
function countRows(connection: Connection, call: Call): Promise<number> {
  const [{ sql }] = statementsOf(call) as [Statement]
  return new Promise((resolve, reject) => {
    let rows = 0
    const query = connection.execute({ sql, rowsAsArray: true })
    query.on('result', () => rows++)
    query.on('end', () => resolve(rows))
    query.on('error', reject)
  })
}
