import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Dataset, date, defineCatalogue, defineDataset, float64, symbol, tushare } from '@stockdb/contract'
import { createLog, type Engine, openEngine } from '@stockdb/server'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createMissingTables } from '../../src/engine/migration.ts'
import { importFile } from '../../src/ingest/import-file.ts'
import type { SymbolOptions } from '../../src/ingest/symbol-reader.ts'
import { fileOf } from '../support/bar-file.ts'
import { runProgram } from '../support/program.ts'
import { sql } from '../support/sql.ts'
import { oneOfEachEngine, type Store } from '../support/stores.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const quotes = defineDataset({
  name: 'quotes',
  description: 'As JoinQuant writes codes, or any other',
  fields: { code: symbol.required('Code'), day: date.required('Day'), close: float64('Close') },
  ...{ key: ['code', 'day'], symbol: 'code', date: 'day' },
})
const catalogue = defineCatalogue({
  adj_factor: tushare.adj_factor,
  daily: tushare.daily,
  index_daily: tushare.index_daily,
  quotes,
})
const never = new AbortController().signal
const ofStocks = true

describe.each(oneOfEachEngine)('other spellings of a stock in a file, on $engine', ({ open }) => {
  let store: Store
  let engine: Engine
  beforeEach(async () => {
    store = await open()
    engine = openEngine(store.address, createLog('silent'))
    await createMissingTables(engine, catalogue, never)
  })
  afterEach(async () => {
    await engine?.close()
    await store?.drop()
  })

  const load = (dataset: Dataset, codes: readonly string[], options: SymbolOptions = {}) => {
    const [code, day] = dataset.key
    const content = [`${code},${day},close`, ...codes.map((one) => `${one},20240102,10`), ''].join('\n')
    const basics = { dataset, ignoreUnknown: false, signal: never, onProgress: () => {} }
    return importFile(engine, fileOf(content), { ...basics, ...options })
  }
  const stored = async (table: string, column: string): Promise<unknown[]> =>
    (await sql(store.address, `select ${column} from ${table} order by ${column}`)).flat()

  it.each(['sz000001', 'SZ.000001', '000001.XSHE', '000001.SZSE', '000001SZ'])(
    'are refused in a Tushare dataset, with the spelling to write: %s',
    async (code) => {
      await expect(load(tushare.daily, ['600519.SH', code])).rejects.toThrow(
        `line 3: ts_code: got "${code}"; expected 000001.SZ, as Tushare writes it: --symbols tushare rewrites codes; --plain-symbols accepts codes as they are`,
      )
      expect(await stored('daily', 'ts_code')).toEqual([])
      expect(await load(tushare.daily, ['600519.SH', code], { plainSymbols: true })).toMatchObject({ rows: 2 })
    },
  )

  it('are refused where the table has the stock in another spelling, also six digits alone', async () => {
    await load(tushare.daily, ['000001.SZ', '000300.SH'])
    for (const code of ['000001', '000300'])
      await expect(load(tushare.daily, ['600519.SH', code])).rejects.toThrow(
        /line 3: ts_code: got "000(001|300)"; expected 000(001.SZ|300.SH), the spelling of this stock in the table daily/,
      )
    // The SSE Composite Index is no other spelling of Ping An Bank.
    expect(await load(tushare.daily, ['000001.SH', '000001.SZ'])).toMatchObject({ inserted: 1, unchanged: 1 })
  })

  it('are refused in a dataset in any notation, and the notation of its table is taken', async () => {
    expect(await load(quotes, ['000001.XSHE', 'AAPL', '7203.T', '600519.XSHG'])).toMatchObject({ inserted: 4 })
    await expect(load(quotes, ['600519.XSHG', 'sz000001'])).rejects.toThrow(
      'line 3: code: got "sz000001"; expected 000001.XSHE, the spelling of this stock in the table quotes or earlier in the file: --symbols rewrites codes in one notation',
    )
    expect(await load(quotes, ['sz000001', '600519.SH'], { notation: 'joinquant' })).toMatchObject({ unchanged: 2 })
  })

  it('are refused where one file has two of them', async () => {
    await expect(load(quotes, ['000001.XSHE', 'B', 'sz000001'])).rejects.toThrow(
      'line 4: code: got "sz000001"; expected 000001.XSHE',
    )
    // Nothing of it is there, so the other spelling is free.
    expect(await load(quotes, ['sz000001'])).toMatchObject({ inserted: 1 })
  })

  it('are no obstacle to rows of a spelling that the table has already', async () => {
    await load(quotes, ['000001.XSHE'])
    await load(quotes, ['sz000001'], { plainSymbols: true })
    expect(await load(quotes, ['000001.XSHE', 'sz000001'])).toMatchObject({ unchanged: 2 })
  })

  it('are rewritten on request, which is reported', async () => {
    const codes = ['sz000001', '600519.XSHG', '300750', '688981.SH', 'T00018.SH']
    const result = await load(tushare.daily, codes, { notation: 'tushare', ofStocks })
    expect(result.notes).toEqual(['3 values, first in line 2: ts_code: codes are rewritten by --symbols'])
    expect(await stored('daily', 'ts_code')).toEqual(['000001.SZ', '300750.SZ', '600519.SH', '688981.SH', 'T00018.SH'])
    // Six digits tell the exchange of a stock only.
    await expect(load(tushare.index_daily, ['sh000001', '000300'], { notation: 'tushare' })).rejects.toThrow(
      'line 3: ts_code: got "000300"; expected a code with its exchange, because six digits alone identify only stocks',
    )
  })

  it('are known to stockdb import from one file to the next', { timeout: 60_000 }, async () => {
    const files = [
      ['a.csv', '000001.SZ'],
      ['b.csv', '000001'],
    ].map(([name, code]) => {
      const file = join(temporaryFolder(), name as string)
      writeFileSync(file, `ts_code,trade_date,close\n${code},20240102,10\n`)
      return file
    })
    const args = ['--dataset', 'daily', '--database', store.address]
    // Some databases let one process have them.
    await engine.close()
    const { code, stderr } = await runProgram(['import', ...files, ...args])
    expect(code).toBe(1)
    expect(stderr).toContain('b.csv, line 2: ts_code: got "000001"; expected 000001.SZ')
    expect(await stored('daily', 'ts_code')).toEqual(['000001.SZ'])
    const again = await runProgram(['import', ...files, ...args, '--symbols', 'tushare'])
    expect(again).toMatchObject({ code: 0, stderr: '' })
    expect(again.stdout).toContain('line 2: ts_code: codes are rewritten by --symbols')
    expect(await stored('daily', 'ts_code')).toEqual(['000001.SZ'])
  })
})
