import { createLog, openEngine } from '@stockdb/server'
import { describe, expect, it } from 'vitest'
import { sql } from '../support/sql.ts'
import { mysqlMakers } from '../support/stores.ts'

/** Enough columns that 64 statements exceed the limit of one connection. */
const COLUMNS = 160
const names = Array.from({ length: COLUMNS }, (_, n) => `c${n}`)

describe.each(mysqlMakers)('prepared statements on $engine', ({ open }) => {
  it('are evicted by size, in the database too', async () => {
    const store = await open()
    const engine = openEngine(store.address, createLog('silent'))
    const prepared = async (): Promise<number> => {
      const [[, count] = []] = await sql(store.address, "show global status like 'Prepared_stmt_count'")
      return Number(count)
    }
    const read = async (round: number): Promise<void> => {
      const query = {
        sql: `select ${names.map((name) => `${round} as ${name}`)}`,
        parameters: [],
        columns: names.map((name) => ({ name, type: 'int32', nullable: false }) as const),
      }
      for await (const { batch } of engine.read(query, new AbortController().signal)) expect(batch.numRows).toBe(1)
    }
    try {
      await read(0)
      const before = await prepared()
      for (let round = 1; round < 40; round++) await read(round)
      // Other tests use the server as well.
      expect((await prepared()) - before).toBeLessThan(25)
    } finally {
      await engine.close()
      await store.drop()
    }
  })
})
