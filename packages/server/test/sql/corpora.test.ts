import { existsSync } from 'node:fs'
import type { Tushare } from '@stockdb/contract'
import { StockdbError } from '@stockdb/contract/wire'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { engineOf, engines } from '../support/engines.ts'
import type { Served } from '../support/serve.ts'
import { type Store, sqlMakers } from '../support/stores.ts'
import { type CorpusLine, readCorpus } from './corpus.ts'
import { serveMarket } from './market.ts'

const hostile = readCorpus('hostile.txt')
const legitimate = readCorpus('legitimate.txt')
const AT_ONCE = 4
const themes = [...Map.groupBy(hostile, ({ theme }) => theme)]

it('the corpora have their documented sizes', () => {
  expect(hostile.length).toBeGreaterThanOrEqual(200)
  // DuckDB does not run the SQL of callers.
  for (const engine of Object.keys(engines).filter((name) => name !== 'duckdb')) {
    expect(legitimate.filter(({ only }) => only === undefined || only === engine).length).toBeGreaterThanOrEqual(100)
  }
})

describe.each(sqlMakers)('sql.run on $engine', ({ open }) => {
  let store: Store
  let served: Served<Tushare>
  let kind: string

  beforeAll(async () => {
    store = await open()
    kind = engineOf(store.address)
    const bounds = { sqlConnections: AT_ONCE, sqlTimeoutMs: 3_000, maxSqlRows: 10_000, maxSqlBytes: 2 ** 20 }
    served = (await serveMarket(store, { bounds })) as unknown as Served<Tushare>
  }, 60_000)
  afterAll(async () => {
    await served?.close()
    await store?.drop()
  })

  /** The error code of a statement, or `answered`. */
  async function outcome({ statement }: CorpusLine): Promise<string> {
    try {
      await served.db.sql(statement)
      return 'answered'
    } catch (error) {
      if (error instanceof StockdbError) return `${error.code}: ${error.message}`
      throw error
    }
  }

  /** Several at a time: some sleep until their limit, and on SQLite each starts a process. */
  async function outcomes(lines: readonly CorpusLine[]): Promise<(readonly [statement: string, got: string])[]> {
    const found: (readonly [string, string])[] = []
    for (let at = 0; at < lines.length; at += AT_ONCE) {
      const some = lines.slice(at, at + AT_ONCE).map(async (line) => [line.statement, await outcome(line)] as const)
      found.push(...(await Promise.all(some)))
    }
    return found
  }

  it.each(themes)(
    'refuses hostile statements: %s',
    async (theme, lines) => {
      const harmless = theme.endsWith('(harmless)')
      const accepted = harmless
        ? /^answered$|^(?:QUERY_REFUSED|QUERY_TIMEOUT|TOO_MANY_ROWS|DATABASE_INTERRUPTED): (?:sql: |the query took more than)/
        : /^QUERY_REFUSED: sql: /
      expect((await outcomes(lines)).filter(([, got]) => !accepted.test(got))).toEqual([])
    },
    120_000,
  )

  it('is unchanged afterwards', async () => {
    const count = await served.db.sql<{ n: number }>('select count(*) + 0e0 as n from daily')
    expect([...count.columns.n]).toEqual([12])
    expect(existsSync('/tmp/stockdb-hostile')).toBe(false)
    expect(existsSync('/tmp/stockdb-hostile.db')).toBe(false)
    expect((await served.db.ops.health()).status).toBe('ok')
  })

  it('answers legitimate statements', async () => {
    const lines = legitimate.filter(({ only }) => only === undefined || only === kind)
    expect((await outcomes(lines)).filter(([, got]) => got !== 'answered')).toEqual([])
  }, 120_000)
})
