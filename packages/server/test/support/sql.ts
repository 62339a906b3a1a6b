import { withConnection } from '@stockdb/testing/ask-server'

/** Runs statements one after another on a connection of their own, and gives the rows of the last one as arrays. */
export async function sql(url: string, ...statements: readonly string[]): Promise<unknown[][]> {
  return withConnection(url, 10_000, async (connection) => {
    let rows: unknown = []
    for (const statement of statements) [rows] = await connection.query({ sql: statement, rowsAsArray: true })
    return rows as unknown[][]
  })
}
