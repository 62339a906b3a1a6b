import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { Frame } from '@stockdb/client'
import { type Dataset, type Tushare, tushare } from '@stockdb/contract'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ImportOptions, importFile } from '../../src/ingest/import-file.ts'
import { bar, fileOf, header } from '../support/bar-file.ts'
import { type Served, serve } from '../support/serve.ts'
import { everyEngine, type Store } from '../support/stores.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

describe.each(everyEngine)('importing into $engine', ({ open }) => {
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

  const load = (
    file: string,
    dataset: Dataset = tushare.daily,
    ignoreUnknown = false,
    constants = new Map<string, string>(),
  ): Promise<number> => loadWith(file, { ignoreUnknown, constants }, dataset).then(({ rows }) => rows)
  const loadWith = (file: string, more: Partial<ImportOptions> = {}, dataset: Dataset = tushare.daily) => {
    const options = { ignoreUnknown: false, signal: new AbortController().signal, onProgress: () => {} }
    return importFile(served.server.engine, file, { ...options, ...more, dataset })
  }
  const closesOf = async (code: string): Promise<readonly number[]> => {
    const { columns } = await served.db.daily.range({ symbols: [code], unknownSymbols: 'ignore', fields: ['close'] })
    return [...columns.close]
  }

  it('invariant 5: loads a file, and a second time changes nothing', async () => {
    const file = fileOf([header, bar('TWICE', '20240102'), bar('TWICE', '2024-01-03', '')].join('\n'))
    for (let time = 0; time < 2; time++) {
      expect(await load(file)).toBe(2)
      expect(await closesOf('TWICE')).toEqual([10.52, Number.NaN])
    }
  })

  it('replaces rows with the same key, and keeps columns that the file does not have', async () => {
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
    ['with everything in quotes', (text: string) => text.replace(/[^,\n]+/g, '"$&"')],
    ['with spaces around the values', (text: string) => text.replaceAll(',', ' , ')],
  ])('takes a file %s', async (name, make) => {
    const symbol = name.replaceAll(' ', '-')
    const file = fileOf(make(`${header}\n${bar(symbol, '20240102')}\n${bar(symbol, '20240103', '9')}\n`))
    expect(await load(file)).toBe(2)
    expect(await closesOf(symbol)).toEqual([10.52, 9])
  })

  it('accepts quoted commas, quotes and newlines in a text', async () => {
    const file = fileOf('ts_code,name,enname\nQUOTED,"平安, ""PA""\n银行","Ping An Bank Co., Ltd."\n')
    expect(await load(file, tushare.stock_basic)).toBe(1)
    const frame = await served.db.stock_basic.list({ symbols: ['QUOTED'], fields: ['name', 'enname'] })
    expect(frame.rows()).toEqual([{ ts_code: 'QUOTED', name: '平安, "PA"\n银行', enname: 'Ping An Bank Co., Ltd.' }])
  })

  it('tells an empty text, "", from null, as toCSV writes them; not where every cell is quoted', async () => {
    const stored = async (symbol: string) =>
      (await served.db.stock_basic.list({ symbols: [symbol], fields: ['name', 'area', 'list_date'] })).rows()
    const written = Frame.from({ ts_code: ['EMPTY'], name: [''], area: [null] as (string | null)[], list_date: [''] })
    expect(written.toCSV()).toBe('ts_code,name,area,list_date\nEMPTY,"",,""\n')
    await load(fileOf(written.toCSV()), tushare.stock_basic)
    expect(await stored('EMPTY')).toEqual([{ ts_code: 'EMPTY', name: '', area: null, list_date: null }])
    await load(fileOf('"ts_code","name","area"\n"QUOTES","","x"\n'), tushare.stock_basic)
    expect(await stored('QUOTES')).toEqual([{ ts_code: 'QUOTES', name: null, area: 'x', list_date: null }])
  })

  const good = Array.from({ length: 5_000 }, (_, index) => bar(`BAD${index}`, '20240102')).join('\n')
  it.each([
    [
      'a price',
      bar('BAD', '20240102', '1O.52'),
      /bars\.csv, line 5002: close: got "1O\.52"; expected a number such as/,
    ],
    ['an infinite price', bar('BAD', '20240102', 'inf'), /line 5002: close: got "inf"; expected a number/],
    [
      'a date',
      bar('BAD', '20240230'),
      /line 5002: trade_date: got "20240230"; expected a date as YYYY-MM-DD or YYYYMMDD/,
    ],
    ['a code', bar('B A D', '20240102'), /line 5002: ts_code: got "B A D"; expected a code such as/],
    ['an empty code', bar('', '20240102'), /line 5002: ts_code: got ""; expected a code/],
    ['a missing value', bar('BAD', '20240102').replace(/,[^,]*$/, ''), /line 5002: it has 10 values; expected 11/],
    ['an open quote', `${bar('BAD', '20240102')}\n"oops,20240102`, /line 500\d: .*[Qq]uote/],
  ])(
    'invariant 5: %s that is wrong is reported with line, column and value, and nothing is imported',
    async (_, line, message) => {
      await expect(load(fileOf(`${header}\n${good}\n${line}\n`))).rejects.toThrow(message)
      expect(
        (await served.db.daily.range({ symbols: ['BAD', 'BAD0', 'BAD4095', 'BAD4999'], unknownSymbols: 'ignore' }))
          .numRows,
      ).toBe(0)
    },
  )

  it('lists the dataset’s fields for an unknown column, and skips the column on request', async () => {
    const file = fileOf('ts_code,trade_date,close,colour\nUNKNOWN,20240102,1.5,red\n')
    const message = /line 1: daily has no column "colour"; its fields are ts_code, .*amount; --ignore-unknown/
    await expect(load(file)).rejects.toThrow(message)
    expect(await closesOf('UNKNOWN')).toEqual([])
    expect(await load(file, tushare.daily, true)).toBe(1)
    expect(await closesOf('UNKNOWN')).toEqual([1.5])
  })

  it('refuses a file with only the key, unless an option allows it, or the dataset has nothing else', async () => {
    const message =
      /line 1: it has the columns ts_code, trade_date(, Closing)?, which are only the key of daily; expected one or more of open, high, .*amount as well; --set open= accepts/
    await expect(load(fileOf('ts_code,trade_date\nKEYONLY,20240102\n'))).rejects.toThrow(message)
    const otherwise = fileOf('ts_code,trade_date,Closing\nKEYONLY,20240102,9.5\n')
    await expect(load(otherwise, tushare.daily, true)).rejects.toThrow(message)
    expect(await closesOf('KEYONLY')).toEqual([])
    expect(await load(otherwise, tushare.daily, true, new Map([['open', '']]))).toBe(1)
    expect(await closesOf('KEYONLY')).toEqual([Number.NaN])
    const { suspend_d } = tushare
    expect(Object.keys(suspend_d.fields).toSorted()).toEqual(suspend_d.key.toSorted())
    expect(await load(fileOf('ts_code,trade_date,suspend_type\nKEYONLY,20240102,S\n'), suspend_d)).toBe(1)
  })

  it.each([
    ['is empty', '', /bars\.csv: it is empty; expected a header/],
    ['lacks a key', 'ts_code,close\nA,1\n', /no column "trade_date", which daily needs/],
    ['has a column twice', 'ts_code,trade_date,close,close\nA,20240102,1,2\n', /the column "close" appears twice/],
    [
      'is cut off in its gzip data',
      gzipSync(`${header}\n${good}\n`).subarray(0, 1_000),
      /bars\.csv.*: its gzip data ends too early/,
    ],
    [
      'has damaged gzip data',
      Buffer.concat([gzipSync('a').subarray(0, 10), Buffer.from('nothing')]),
      /bars\.csv.*gzip data/,
    ],
  ])('refuses a file that %s', async (_, content, message) => {
    await expect(load(fileOf(content))).rejects.toThrow(message)
  })

  it('refuses a missing file and a folder', async () => {
    await expect(load(join(temporaryFolder(), 'none.csv'))).rejects.toThrow(/^none\.csv: there is no such file$/)
    await expect(load(temporaryFolder())).rejects.toThrow(/: it is a folder$/)
  })

  it('accepts a text of exactly the length of its field', async () => {
    const listing = (name: string): string => fileOf(`ts_code,name\nLONG,${name}\n`)
    expect(await load(listing('𠮷'.repeat(64)), tushare.stock_basic)).toBe(1)
    expect((await served.db.stock_basic.list({ symbols: ['LONG'], fields: ['name'] })).columns.name).toEqual([
      '𠮷'.repeat(64),
    ])
    await expect(load(listing('𠮷'.repeat(65)), tushare.stock_basic)).rejects.toThrow(
      /line 2: name: .*expected at most 64 characters/,
    )
  })

  it('invariant 5: an abort in the middle imports nothing, and the engine still works', async () => {
    const lines = Array.from({ length: 60_000 }, (_, index) => bar(`I${index}`, '20240102')).join('\n')
    const file = fileOf(`${header}\n${lines}\n`)
    const abort = new AbortController()
    const reason = new Error('enough')
    const onProgress = ({ rows }: { rows: number }): void => {
      if (rows > 10_000) abort.abort(reason)
    }
    const options = { dataset: tushare.daily, ignoreUnknown: false, signal: abort.signal, onProgress }
    await expect(importFile(served.server.engine, file, options)).rejects.toBe(reason)
    expect(await closesOf('I0')).toEqual([])
    expect(await load(fileOf([header, bar('AFTER', '20240102')].join('\n')))).toBe(1)
  })
})
