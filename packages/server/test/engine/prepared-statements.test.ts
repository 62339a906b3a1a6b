import { createLog, type Engine, openEngine } from '@stockdb/server'
import { describe, expect, it, onTestFinished } from 'vitest'
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

  describe('are executed again', () => {
    const rowsOf = async (engine: Engine, text: string, ...parameters: readonly unknown[]): Promise<number> => {
      const query = { sql: text, parameters, columns: [{ name: 'n', type: 'int32', nullable: false }] as const }
      let rows = 0
      for await (const { batch } of engine.read(query, new AbortController().signal)) rows += batch.numRows
      return rows
    }
    const opened = async (): Promise<Engine> => {
      const store = await open()
      const engine = openEngine(store.address, createLog('silent'))
      onTestFinished(async () => {
        await engine.close()
        await store.drop()
      })
      return engine
    }

    it('with numbers of rows, which MySQL takes whole only', async () => {
      const engine = await opened()
      const three = 'select n from (select 1 as n union all select 2 union all select 3) as t limit ?'
      for (const limit of [1, 3, 2, 0]) expect(await rowsOf(engine, three, limit)).toBe(limit)
    })

    it('also after so many others that they were closed', async () => {
      const engine = await opened()
      for (let round = 0; round < 3; round++) {
        expect(await rowsOf(engine, 'select 1 as n from dual where 1 = ?', 1)).toBe(1)
        for (let other = 0; other < 70; other++) await rowsOf(engine, `select ${other} as n`)
      }
    })
  })
})
