import { CompiledQuery, Kysely, MysqlDialect } from 'kysely'
import { createPool } from 'mysql2'
import type { Addresses, Side } from './side.ts'
import { statementsOf } from './statements.ts'

/** Kysely in the script, with an object for each row, as it answers by default. */
export async function kysely({ database }: Addresses): Promise<Side> {
  const pool = createPool({ uri: database, dateStrings: true, connectionLimit: 8 })
  const db = new Kysely<unknown>({ dialect: new MysqlDialect({ pool }) })
  return {
    async run(call) {
      let rows = 0
      for (const { sql, values } of statementsOf(call))
        rows += (await db.executeQuery(CompiledQuery.raw(sql, [...values]))).rows.length
      return rows
    },
  }
}
