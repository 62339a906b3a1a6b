import { withConnection } from '@stockdb/testing/ask-server'
import { createDatabase } from '@stockdb/testing/database'
import { inject } from 'vitest'
import type { TestEngine } from './test-engine.ts'

/** The database servers of this run. */
export const mysql: TestEngine = {
  makers: inject('mysqlServers').map((server, index) => ({
    engine: inject('mysqlServerNames')[index] ?? 'MySQL',
    open: async () => {
      const { url, drop } = await createDatabase(server)
      return { address: url, drop }
    },
  })),
  run: (address, statements) =>
    withConnection(address, 10_000, async (connection) => {
      let rows: unknown = []
      for (const statement of statements) [rows] = await connection.query({ sql: statement, rowsAsArray: true })
      return rows as unknown[][]
    }),
}
