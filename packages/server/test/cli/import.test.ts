import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runProgram, startProgram } from '../support/program.ts'
import { type Served, serve } from '../support/serve.ts'
import { allMakers, type Store } from '../support/stores.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import type { Tushare } from '@stockdb/contract'

const header = 'ts_code,trade_date,open,high,low,close,pre_close,change,pct_chg,vol,amount'
const bar = (code: string, date: string, close = '10.52'): string => `${code},${date},10.5,10.6,10.4,${close},10.5,0.02,0.1905,1234.5,1298.6`

/** A file of its own for one test. */
function fileOf(content: string | Uint8Array, name = 'bars.csv'): string {
  const file = join(temporaryFolder(), name)
  writeFileSync(file, content)
  return file
}

describe.each(allMakers)('stockdb import into $engine', ({ open }) => {
  let store: Store
  let served: Served<Tushare>
  beforeAll(async () => {
    store = await open()
    served = await serve(store.address)
  })
  afterAll(async () => {
    await served?.close()
    await store?.drop()
  })

  const load = (file: string, ...more: string[]) =>
    runProgram(['import', file, '--dataset', 'daily', '--database', store.address, ...more])
  const closesOf = async (code: string): Promise<readonly number[]> => {
    const { columns } = await served.db.daily.range({ symbols: [code], fields: ['close'] })
    return [...columns.close]
  }

  it('loads a file, says how much, and a second time changes nothing', async () => {
    const file = fileOf([header, bar('TWICE', '20240102'), bar('TWICE', '2024-01-03', '')].join('\n'))
    for (let time = 0; time < 2; time++) {
      const { code, stdout, stderr } = await load(file)
      expect(stderr).toBe('')
      expect(stdout).toMatch(/bars\.csv: 2 rows into daily in \d+\.\d s\n$/)
      expect(code).toBe(0)
      expect(await closesOf('TWICE')).toEqual([10.52, Number.NaN])
    }
  })

  it('replaces rows with the same key, and leaves columns alone that the file does not have', async () => {
    await load(fileOf([header, bar('OVER', '20240102')].join('\n')))
    await load(fileOf('trade_date,close,ts_code\n2024-01-02,11.25,OVER\n2024-01-02,11.5,OVER\n'))
    const { columns } = await served.db.daily.range({ symbols: ['OVER'] })
    expect([...columns.close, ...columns.vol]).toEqual([11.5, 1234.5])
  })

  it.each([
    ['gzipped', (text: string) => gzipSync(text)],
    ['with a byte order mark', (text: string) => `\ufeff${text}`],
    ['with CRLF', (text: string) => text.replaceAll('\n', '\r\n')],
    ['with empty lines', (text: string) => text.replaceAll('\n', '\n\n')],
    ['without a last newline', (text: string) => text.trimEnd()],
    ['with everything in quotes', (text: string) => text.replace(/[^,\n]+/g, '"$&"')],
    ['with spaces around the values', (text: string) => text.replaceAll(',', ' , ')],
  ])('takes a file %s', async (name, make) => {
    const symbol = name.replaceAll(' ', '-')
    const { code, stderr } = await load(fileOf(make(`${header}\n${bar(symbol, '20240102')}\n${bar(symbol, '20240103', '9')}\n`), 'a.csv'))
    expect(stderr).toBe('')
    expect(code).toBe(0)
    expect(await closesOf(symbol)).toEqual([10.52, 9])
  })

  it('takes quoted commas, quotes and newlines in a text', async () => {
    const file = fileOf('ts_code,name,enname\nQUOTED,"平安, ""PA""\n银行","Ping An Bank Co., Ltd."\n')
    const { code } = await runProgram(['import', file, '--dataset', 'stock_basic', '--database', store.address])
    expect(code).toBe(0)
    const frame = await served.db.stock_basic.list({ symbols: ['QUOTED'], fields: ['name', 'enname'] })
    expect(frame.rows()).toEqual([{ ts_code: 'QUOTED', name: '平安, "PA"\n银行', enname: 'Ping An Bank Co., Ltd.' }])
  })

  const good = Array.from({ length: 5_000 }, (_, index) => bar(`BAD${index}`, '20240102')).join('\n')
  it.each([
    ['a price', bar('BAD', '20240102', '1O.52'), /bars\.csv, line 5002: close: got "1O\.52"; expected a number such as/],
    ['a price that is endless', bar('BAD', '20240102', 'inf'), /line 5002: close: got "inf"; expected a number/],
    ['a date', bar('BAD', '20240230'), /line 5002: trade_date: got "20240230"; expected a date as YYYY-MM-DD or YYYYMMDD/],
    ['a code', bar('B A D', '20240102'), /line 5002: ts_code: got "B A D"; expected a code such as/],
    ['no code', bar('', '20240102'), /line 5002: ts_code: got ""; expected a code/],
    ['a missing value', bar('BAD', '20240102').replace(/,[^,]*$/, ''), /line 5002: it has 10 values; expected 11/],
    ['an open quote', `${bar('BAD', '20240102')}\n"oops,20240102`, /line 500\d: .*[Qq]uote/],
  ])('invariant 5: %s that is wrong stops the file with its line, column and value, and nothing of it is left', async (_, line, message) => {
    const { code, stdout, stderr } = await load(fileOf(`${header}\n${good}\n${line}\n`))
    expect(code).toBe(1)
    expect(stdout).toBe('')
    expect(stderr).toMatch(/^stockdb: [^\n]*\n$/)
    expect(stderr).toMatch(message)
    expect((await served.db.daily.range({ symbols: ['BAD', 'BAD0', 'BAD4095', 'BAD4999'] })).numRows).toBe(0)
  })

  it('lists the dataset’s fields for a column that it does not have, and leaves the column out if told to', async () => {
    const file = fileOf('ts_code,trade_date,close,colour\nUNKNOWN,20240102,1.5,red\n')
    const refused = await load(file)
    expect(refused.code).toBe(1)
    expect(refused.stderr).toMatch(/daily has no column "colour"; its fields are ts_code, .*amount; --ignore-unknown/)
    expect(await closesOf('UNKNOWN')).toEqual([])
    expect((await load(file, '--ignore-unknown')).code).toBe(0)
    expect(await closesOf('UNKNOWN')).toEqual([1.5])
  })

  it.each([
    ['is empty', '', /bars\.csv: it is empty; expected a header/],
    ['lacks a key', 'ts_code,close\nA,1\n', /no column "trade_date", which daily needs/],
    ['has a column twice', 'ts_code,trade_date,close,close\nA,20240102,1,2\n', /the column "close" stands twice/],
    ['is cut off in its gzip data', gzipSync(`${header}\n${good}\n`).subarray(0, 1_000), /bars\.csv.*: its gzip data ends too early/],
    ['has damaged gzip data', Buffer.concat([gzipSync('a').subarray(0, 10), Buffer.from('nothing')]), /bars\.csv.*gzip data/],
  ])('refuses a file that %s', async (_, content, message) => {
    const { code, stdout, stderr } = await load(fileOf(content))
    expect(code).toBe(1)
    expect(stdout).toBe('')
    expect(stderr).toMatch(message)
  })

  it('refuses a file that is not there, a folder and a dataset that nobody declared', async () => {
    expect((await load(join(temporaryFolder(), 'none.csv'))).stderr).toMatch(/^stockdb: none\.csv: there is no such file\n$/)
    expect((await load(temporaryFolder())).stderr).toMatch(/: it is a folder\n$/)
    const { code, stderr } = await runProgram(['import', 'a.csv', '--dataset', 'dayly', '--database', store.address])
    expect(code).toBe(1)
    expect(stderr).toMatch(/Expected one of stock_basic, trade_cal, daily/)
  })

  it('keeps the files before the one that fails', async () => {
    const [first, second] = [fileOf(`${header}\n${bar('FIRST', '20240102')}\n`), fileOf(`${header}\nwrong\n`)]
    const { code, stdout } = await runProgram(['import', first, second, '--dataset', 'daily', '--database', store.address])
    expect(code).toBe(1)
    expect(stdout).toContain('1 rows into daily')
    expect(await closesOf('FIRST')).toEqual([10.52])
  })

  it.each(['SIGINT', 'SIGTERM'] as const)('invariant 5: %s in the middle leaves nothing of the file', async (signal) => {
    const lines = Array.from({ length: 400_000 }, (_, index) => bar(`I${index}`, '20240102')).join('\n')
    const program = startProgram(['import', fileOf(`${header}\n${lines}\n`), '--dataset', 'daily', '--database', store.address])
    await sleep(1_500)
    program.child.kill(signal)
    expect(await program.ended).toBe(1)
    expect(program.stdout).toBe('')
    expect(program.stderr).toMatch(/interrupted; nothing of this file was kept\n$/)
    expect((await served.db.daily.range({ symbols: ['I0', 'I1', 'I5000', 'I20000'] })).numRows).toBe(0)
  })
})
