import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { connect } from '@stockdb/client'
import { date, defineDataset, float64, symbol } from '@stockdb/contract'
import type { StoredValue } from '@stockdb/contract/internal'
import { runProgram as runTool } from '@stockdb/testing/run-program'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sampleMarket } from '../../src/ingest/sample-market/sample-market.ts'
import { askJson } from '../support/ask-json.ts'
import { byEngine } from '../support/engines.ts'
import { type ForeignBar, foreignTables, makeForeignTables } from '../support/foreign-tables.ts'
import { runProgram, type ServingProgram, startServing } from '../support/program.ts'
import { oneOfEachEngine, type Store } from '../support/stores.ts'

const root = fileURLToPath(new URL('../../../../', import.meta.url))

/** Daily bars of the sample market. */
function sampleBars(): ForeignBar[] {
  const daily = sampleMarket({ symbols: 6, start: '2024-01-01', end: '2024-06-30' }).find(
    ({ dataset }) => dataset.name === 'daily',
  )
  if (!daily) throw new Error('the sample market has no daily bars')
  const at = (row: readonly StoredValue[], field: string) => row[Object.keys(daily.dataset.fields).indexOf(field)]
  return Array.from(daily.rows, (row) => ({
    code: String(at(row, 'ts_code')),
    date: String(at(row, 'trade_date')),
    open: Number(at(row, 'open')),
    close: Number(at(row, 'close')),
    vol: Number(at(row, 'vol')),
  }))
}

const bars = sampleBars()
const codes = [...new Set(bars.map(({ code }) => code))]
const [first = '', second = ''] = codes

describe.each(oneOfEachEngine)('existing tables in $engine', ({ open }) => {
  let store: Store
  let folder: string
  let config: string
  let report: string
  let server: ServingProgram

  beforeAll(async () => {
    store = await open()
    await makeForeignTables(store.address, bars)
    // Beside node_modules, as in a project with the packages installed.
    folder = mkdtempSync(join(tmpdir(), 'stockdb-test-'))
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
    config = join(folder, 'stockdb.config.ts')
    const { code, stdout, stderr } = await runProgram(['introspect', '--database', store.address, '--out', config])
    expect(code, stderr).toBe(0)
    report = stdout
    server = await startServing(['--database', store.address, '--config', config, '--log-level', 'error'])
  })

  afterAll(async () => {
    server?.child.kill('SIGTERM')
    await server?.ended
    await store?.drop()
    rmSync(folder, { recursive: true, force: true })
  })

  it('are declared in a file that marks guesses', () => {
    const source = readFileSync(config, 'utf8')
    for (const { dataset } of foreignTables) expect(source).toContain(`  ${dataset}: defineDataset({`)
    expect(source).toContain(
      "trade_date: { ...tushare.daily.fields.trade_date, dateFormat: 'YYYYMMDD' }, // guessed: texts that are dates",
    )
    expect(source).toContain(
      "日期: date.required('日期', { dateFormat: 'YYYY-MM-DD' }), // guessed: texts that are dates",
    )
    expect(source).toContain(
      "trade_date: date.required('trade date', { column: 'trade date', dateFormat: 'YYYYMMDD' })",
    )
    expect(source).toContain("table: 'Daily bars.2024-a',")
    expect(source).toContain("symbol: '股票代码', // guessed: by its name and its values")
    expect(source).toContain("key: ['股票代码', '日期'], // guessed: the table has no primary key")
    expect(source).toContain("exchange: { column: 'exchange', notation: 'vnpy' }")
    expect(source).toContain("only: { interval: 'd' },")
    expect(source).toContain("key: ['symbol', 'datetime'],\n    symbol: 'symbol', // guessed")
    expect(source).toContain("成交量_手_: int64('成交量(手)', { column: '成交量(手)' })")
    expect(source).toMatch(/^ {6}create_time: datetime\('create_time'/m)
    expect(source).toMatch(/export default catalogue\n$/)
    // If the database has comments.
    if (byEngine(store.address, { mysql: true, sqlite: false, duckdb: false })) {
      expect(source).toContain("description: '每天的行情',")
      expect(source).toContain("股票代码: symbol.required('证券的代码')")
    }
    expect(source).toContain("description: 'View close_only',")
    expect(report).toMatch(/^dbbardata: \d+ fields; .*; key symbol, datetime\n {2}with bars\n/m)
    expect(report).toMatch(/^(MariaDB|MySQL|SQLite|DuckDB) \S+: 5 tables written to /)
    expect(report).toContain(
      "pandas_daily: 5 fields; symbol ts_code; date trade_date; key ts_code, trade_date (guessed)\n  like Tushare's daily: units, bars",
    )
  })

  it('are declared in a file that compiles strictly', async () => {
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module' }))
    writeFileSync(
      join(folder, 'tsconfig.json'),
      JSON.stringify({
        compilerOptions: {
          ...{ strict: true, noEmit: true, module: 'NodeNext', target: 'ES2024', skipLibCheck: true, types: [] },
          ...{ noUncheckedIndexedAccess: true, exactOptionalPropertyTypes: true, verbatimModuleSyntax: true },
        },
        files: ['stockdb.config.ts'],
      }),
    )
    await runTool(join(root, 'node_modules/.bin/tsc'), ['-p', folder], { timeoutMs: 25_000 })
  })

  it('are declared in formatted code, except for line length', async () => {
    const args = ['format', '--line-width=320', `--config-path=${join(root, 'biome.json')}`, '--vcs-enabled=false']
    await runTool(join(root, 'node_modules/.bin/biome'), [...args, config], { timeoutMs: 25_000 })
  })

  it('are served without any other requirement on the database', async () => {
    const { datasets } = (await askJson(server.url, 'meta.info')) as unknown as { datasets: Record<string, string[]> }
    expect(Object.keys(datasets).toSorted()).toEqual(foreignTables.map(({ dataset }) => dataset).toSorted())
    const infos = (await askJson(server.url, 'meta.datasets')) as unknown as { problem?: string; coverage: unknown }[]
    for (const info of infos) {
      expect(info.problem).toBeUndefined()
      expect(info.coverage).toMatchObject({ rows: bars.length, symbols: codes.length })
    }
  })

  it('can be queried and streamed under names in any script', async () => {
    const quotes = defineDataset({
      ...{
        name: '日线行情',
        description: 'Its type, for the compiler',
        key: ['股票代码', '日期'],
        symbol: '股票代码',
        date: '日期',
      },
      fields: { 股票代码: symbol.required('Code'), 日期: date.required('Day'), 收盘价: float64('Close') },
    })
    const db = await connect<{ readonly 日线行情: typeof quotes }>(server.url, { retries: 0 })
    const closes = bars.filter(({ code }) => code === first).map(({ close }) => close)
    const frame = await db.日线行情.range({ symbols: [first], fields: ['收盘价'] })
    expect([...frame.columns.收盘价]).toEqual(closes)
    let rows = 0
    for await (const batch of db.日线行情.stream({ fields: ['收盘价'] })) rows += batch.numRows
    expect(rows).toBe(bars.length)
    expect((await db.trpc.日线行情.latest.query({ symbols: [first], fields: ['收盘价'] })).items).toHaveLength(1)
  })

  describe.each(foreignTables)('$dataset', ({ dataset, close, vol }) => {
    const fields = [close, ...(vol === undefined ? [] : [vol])]
    /** The expected rows, by symbol and date. */
    const expected = (chosen: readonly ForeignBar[]): unknown[][] =>
      chosen
        .toSorted((a, b) => (a.code === b.code ? (a.date < b.date ? -1 : 1) : a.code < b.code ? -1 : 1))
        .map(({ code, date, close: value, vol: lots }) => [
          ...[code, date, value],
          ...(vol === undefined ? [] : [vol === 'volume' || vol === 'vol' ? lots : String(lots)]),
        ])
    const ask = async (procedure: string, input: object) =>
      (await askJson(server.url, `${dataset}.${procedure}`, { fields, ...input })).items

    it('answers range: some codes between two dates, or all', async () => {
      const symbols = [first, second]
      const chosen = bars.filter(
        ({ code, date }) => [first, second].includes(code) && date >= '2024-02-05' && date <= '2024-04-30',
      )
      expect(chosen.length).toBeGreaterThan(50)
      expect(await ask('range', { symbols, start: '2024-02-05', end: '20240430' })).toEqual(expected(chosen))
      expect(await ask('range', {})).toEqual(expected(bars))
    })

    it('answers at, with look-back and without', async () => {
      expect(await ask('at', { date: '2024-03-15' })).toEqual(
        expected(bars.filter(({ date }) => date === '2024-03-15')),
      )
      // A Sunday: look-back finds Friday's row, or an earlier one for a suspended stock.
      const last = codes.map((code) => bars.filter((bar) => bar.code === code && bar.date <= '2024-03-17').at(-1))
      const known = last.filter((bar) => bar !== undefined)
      expect(await ask('at', { date: '2024-03-17', lookback: true })).toEqual(expected(known))
      expect(await ask('at', { date: '2024-03-17' })).toEqual([])
    })

    it('answers latest', async () => {
      for (const n of [1, 3]) {
        const last = codes.flatMap((code) => bars.filter((bar) => bar.code === code).slice(-n))
        expect(await ask('latest', { n })).toEqual(expected(last))
      }
    })
  })

  it('are not altered by migrate, and a file is only overwritten on request', async () => {
    const migrated = await runProgram(['migrate', '--apply', '--database', store.address, '--config', config])
    expect(migrated.code, migrated.stderr).toBe(0)
    expect(migrated.stdout.match(/not created by stockdb, left unchanged/g)).toHaveLength(5)
    const again = ['introspect', '--database', store.address, '--out', config, '--tables', 'dbbardata']
    const before = readFileSync(config, 'utf8')
    const refused = await runProgram(again)
    expect(refused.code).toBe(1)
    expect(refused.stderr).toMatch(/^stockdb: --out: .*stockdb\.config\.ts already exists; --force overwrites it\n$/)
    expect(readFileSync(config, 'utf8')).toBe(before)
    expect((await runProgram([...again, '--force'])).code).toBe(0)
    expect(readFileSync(config, 'utf8').match(/defineDataset\(/g)).toHaveLength(1)
  })
})
