import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { tushare } from '@stockdb/contract'
import { createLog } from '@stockdb/server'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Engine } from '../../src/engine/engine.ts'
import { createMissingTables } from '../../src/engine/migration.ts'
import { openEngine } from '../../src/engine/open.ts'
import { findRealRows } from '../../src/ingest/sample-market/occupancy.ts'
import { sampleMarket } from '../../src/ingest/sample-market/sample-market.ts'
import { times } from '../support/scale.ts'
import { serve } from '../support/serve.ts'
import { mysqlMakers, type Store, sqliteMaker } from '../support/stores.ts'

const program = fileURLToPath(new URL('../../bin/stockdb.js', import.meta.url))
const never = new AbortController().signal

/** Row counts of the sample market by dataset, in the order of the output. */
const expected = sampleMarket().map(({ dataset, rows }) => [dataset.name, Array.from(rows).length] as const)

function stockdb(...args: readonly string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('STOCKDB_')))
  return new Promise((resolve) => {
    execFile(process.execPath, [program, ...args], { env, timeout: 60_000 }, (error, stdout, stderr) => {
      resolve({ code: error ? (typeof error.code === 'number' ? error.code : -1) : 0, stdout, stderr })
    })
  })
}

async function withEngine<Result>(address: string, use: (engine: Engine) => Promise<Result>): Promise<Result> {
  const engine = openEngine(address, createLog('silent'))
  try {
    return await use(engine)
  } finally {
    await engine.close()
  }
}

/** Creates one table with one row. */
const put = (address: string, name: keyof typeof tushare, row: Record<string, string | number>): Promise<void> =>
  withEngine(address, async (engine) => {
    const dataset = tushare[name]
    await createMissingTables(engine, { [name]: dataset }, never)
    const transaction = await engine.begin(never)
    await transaction.upsert(dataset, Object.keys(row), [Object.values(row)])
    await transaction.commit()
  })

const tablesOf = (address: string): Promise<string[]> =>
  withEngine(address, async (engine) => {
    const there: string[] = []
    for (const name of Object.keys(tushare)) if (await engine.describe(name, never)) there.push(name)
    return there
  })

/** Row count and content hash of every dataset. */
async function contents(address: string): Promise<{ rows: (readonly [string, number])[]; hash: string }> {
  const { db, close } = await serve(address)
  try {
    const hash = createHash('sha256')
    const rows: (readonly [string, number])[] = []
    for (const [name] of expected) {
      const undated = !('date' in tushare[name as keyof typeof tushare])
      const frame = undated ? await db[name as 'stock_basic'].list() : await db[name as 'daily'].range()
      rows.push([name, frame.numRows])
      for (const column of Object.values(frame.columns)) hash.update(JSON.stringify(Array.from(column)))
    }
    return { rows, hash: hash.digest('hex') }
  } finally {
    await close()
  }
}

// Imports are tested on every server; the demo writes the same way.
const makers = [...mysqlMakers.slice(0, times(1, mysqlMakers.length)), sqliteMaker]

describe.for(makers)('stockdb demo on $engine', { timeout: 90_000 }, ({ open }) => {
  let store: Store
  beforeEach(async () => {
    store = await open()
  })
  afterEach(() => store.drop())

  it('fills an empty database, changes nothing the second time, and refuses once it has a real security', async () => {
    const { code, stdout, stderr } = await stockdb('demo', '--database', store.address)
    expect(stderr).toBe('')
    expect(code).toBe(0)
    for (const [name, rows] of expected)
      expect(stdout).toMatch(new RegExp(`^${name} +${rows.toLocaleString('en')} rows$`, 'm'))
    expect(stdout).toMatch(/^All of it is synthetic: .*\.SYN/m)
    expect(stdout).toMatch(/^Next: npx stockdb serve --database /m)
    const first = await contents(store.address)
    expect(first.rows).toEqual(expected)

    expect(await stockdb('demo', '--database', store.address)).toEqual({ code: 0, stdout, stderr: '' })
    expect(await contents(store.address)).toEqual(first)

    await put(store.address, 'daily', { ts_code: '000001.SZ', trade_date: '2024-01-02' })
    const mixed = await stockdb('demo', '--database', store.address)
    expect(mixed.code).toBe(1)
    expect(mixed.stderr).toContain('daily holds 000001.SZ')
  })

  it('refuses a database with a real security in any dataset, and does not change it', async () => {
    const day = { ts_code: '600519.SH', trade_date: '2024-01-02' }
    const rows = {
      stock_basic: { ts_code: '600519.SH' },
      daily: day,
      adj_factor: day,
      daily_basic: day,
      index_daily: day,
      index_weight: { index_code: '000300.SH', con_code: '600519.SH', trade_date: '2024-01-02' },
      income: { ts_code: '600519.SH', end_date: '2023-12-31' },
    } as const
    for (const [name, row] of Object.entries(rows)) {
      const other = await open()
      try {
        // The keys of the object above.
        await put(other.address, name as keyof typeof rows, row)
        const found = await withEngine(other.address, (engine) => findRealRows(engine, never))
        expect(found).toBe(`${name} holds ${name === 'index_weight' ? '000300.SH' : '600519.SH'}`)
        if (name !== 'index_weight') continue
        const { code, stdout, stderr } = await stockdb('demo', '--database', other.address)
        expect(code).toBe(1)
        expect(stdout).toBe('')
        expect(stderr).toContain(found)
        expect(stderr).toContain('--database')
        expect(await tablesOf(other.address)).toEqual([name])
      } finally {
        await other.drop()
      }
    }
  })

  it('refuses a database with a calendar that is not the sample’s', async () => {
    await put(store.address, 'trade_cal', { exchange: 'SSE', cal_date: '2024-01-02', is_open: 1 })
    const { code, stderr } = await stockdb('demo', '--database', store.address)
    expect(code).toBe(1)
    expect(stderr).toContain('trade_cal holds a calendar')
    expect(await tablesOf(store.address)).toEqual(['trade_cal'])
  })

  it('with --if-empty fills an empty database, and does nothing if any table has a row', async () => {
    await put(store.address, 'index_daily', { ts_code: '000300.SH', trade_date: '2024-01-02' })
    const kept = await stockdb('demo', '--if-empty', '--database', store.address)
    expect(kept).toEqual({ code: 0, stdout: 'index_daily already holds rows: nothing was changed\n', stderr: '' })
    expect(await tablesOf(store.address)).toEqual(['index_daily'])

    const empty = await open()
    try {
      await withEngine(empty.address, (engine) => createMissingTables(engine, tushare, never))
      const filled = await stockdb('demo', '--if-empty', '--database', empty.address)
      expect(filled.code).toBe(0)
      expect(filled.stdout).toContain('is synthetic')
    } finally {
      await empty.drop()
    }
  })
})
