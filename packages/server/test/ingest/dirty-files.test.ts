import { gzipSync } from 'node:zlib'
import { type Dataset, date, defineCatalogue, defineDataset, float64, symbol, tushare } from '@stockdb/contract'
import { createLog, type Engine, openEngine } from '@stockdb/server'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createMissingTables } from '../../src/engine/migration.ts'
import { type ImportOptions, type ImportResult, importFile } from '../../src/ingest/import-file.ts'
import { fileOf, header } from '../support/bar-file.ts'
import { type Served, serve } from '../support/serve.ts'
import { oneOfEachEngine, type Store, sqliteMaker } from '../support/stores.ts'

const ak = defineDataset({
  name: 'ak',
  description: 'As akshare writes it',
  fields: {
    day: date.required('Day', { column: '日期' }),
    code: symbol.required('Code', { column: '股票代码' }),
    close: float64('Close', { column: '收盘' }),
  },
  key: ['code', 'day'],
  symbol: 'code',
  date: 'day',
})
const catalogue = defineCatalogue({ ...tushare, ak })

let store: Store
let served: Served<typeof catalogue>
beforeAll(async () => {
  store = await sqliteMaker.open()
  served = await serve(store.address, { catalogue })
})
afterAll(async () => {
  await served?.close()
  await store?.drop()
})

const never = new AbortController().signal
const load = (
  content: string | Uint8Array,
  more: Partial<ImportOptions> = {},
  dataset: Dataset = tushare.daily,
): Promise<ImportResult> =>
  importFile(served.server.engine, fileOf(content), {
    dataset,
    ignoreUnknown: false,
    signal: never,
    onProgress: () => {},
    ...more,
  })
const line = (code: string, day: string, percent = '-2.3749', amount = '5440082.5'): string =>
  `${code},${day},1715.0,1718.19,1678.1,1685.01,1726.0,-40.99,${percent},32156.44,${amount}\n`
const bars = (...lines: readonly string[]): string => `${header}\n${lines.join('')}`
const rowsOf = async (code: string, ...fields: ('pct_chg' | 'amount' | 'close')[]) =>
  (await served.db.daily.range({ symbols: [code], unknownSymbols: 'ignore', fields }))
    .rows()
    .map((row) => Object.values(row).slice(1))

describe('the encoding of a file', () => {
  const names = 'ts_code,name\n000001.SZ,平安银行\n'
  /** `平安银行` in GBK. */
  const gbk = Buffer.concat([
    Buffer.from('ts_code,name\n000001.SZ,ok\n000002.SZ,'),
    Buffer.from('c6bdb0b2d2f8d0d0', 'hex'),
    Buffer.from('\n'),
  ])
  const nameOf = async (code: string) =>
    (await served.db.stock_basic.list({ symbols: [code], fields: ['name'] })).rows().map(({ name }) => name)

  it('is refused with the line that is not UTF-8, and never guessed; nothing is imported', async () => {
    await load(names, {}, tushare.stock_basic)
    const message =
      'bars.csv, line 3: it is not valid UTF-8; for a file from Excel or an older program use --encoding gb18030'
    await expect(load(gbk, {}, tushare.stock_basic)).rejects.toThrow(message)
    await expect(load(gzipSync(gbk), {}, tushare.stock_basic)).rejects.toThrow(message)
    expect(await nameOf('000001.SZ')).toEqual(['平安银行'])
  })

  it('is accepted if named: GB18030, gzipped or not', async () => {
    for (const content of [gbk, gzipSync(gbk)]) {
      expect((await load(content, { encoding: 'gb18030' }, tushare.stock_basic)).rows).toBe(2)
      expect(await nameOf('000002.SZ')).toEqual(['平安银行'])
    }
    await expect(load(Buffer.from(names), { encoding: 'ascii' }, tushare.stock_basic)).resolves.toMatchObject({
      rows: 1,
    })
    await expect(
      load(Buffer.from([...Buffer.from('ts_code,name\n1.SZ,'), 0xff, 0x0a]), { encoding: 'gbk' }, tushare.stock_basic),
    ).rejects.toThrow('line 2: it is not valid GBK')
  })

  it('is UTF-16 with a byte order mark', async () => {
    const little = Buffer.from(`\ufeff${names.replaceAll('000001', '000016')}`, 'utf16le')
    const big = Buffer.from(little).swap16()
    for (const content of [little, big]) expect(await load(content, {}, tushare.stock_basic)).toMatchObject({ rows: 1 })
    expect(await nameOf('000016.SZ')).toEqual(['平安银行'])
    await expect(load(little.subarray(2), {}, tushare.stock_basic)).rejects.toThrow(/line 1: .*--encoding utf-16le/)
    expect(await load(little.subarray(2), { encoding: 'utf-16le' }, tushare.stock_basic)).toMatchObject({ rows: 1 })
  })

  it('is checked to the end of a large file, and reports the right line', async () => {
    const many = Array.from({ length: 30_000 }, (_, row) => `${row}.SZ,平安银行\n`).join('')
    const content = Buffer.concat([
      Buffer.from(`ts_code,name\n${many}`),
      Buffer.from('x.SZ,\xff\n', 'latin1'),
      Buffer.from(many),
    ])
    await expect(load(content, {}, tushare.stock_basic)).rejects.toThrow('bars.csv, line 30002: it is not valid UTF-8')
  })
})

describe('the end of a file', () => {
  it('is refused if the last row has no line end, plain or gzipped, unless allowed', async () => {
    const cut = Buffer.from(bars(line('CUT', '20240102'), line('CUT', '20240103')).slice(0, -4))
    const message = 'bars.csv, line 3: the last row has no line end, so the file may be truncated; --allow-no-newline'
    await expect(load(cut)).rejects.toThrow(message)
    await expect(load(gzipSync(cut))).rejects.toThrow(message)
    await expect(load(gzipSync(bars(line('CUT', '20240102'))).subarray(0, -9))).rejects.toThrow('ends too early')
    expect(await rowsOf('CUT', 'amount')).toEqual([])
    expect(await load(cut, { allowNoNewline: true })).toMatchObject({ rows: 2 })
  })

  it('is found with the line ends of any system, also in long files', async () => {
    const many = Array.from({ length: 20_000 }, (_, row) => line(`CUT${row}`, '20240102'))
    const cut = bars(...many).slice(0, -4)
    for (const end of ['\r', '\r\n', '\n']) {
      const text = cut.replaceAll('\n', end)
      for (const content of [Buffer.from(text), Buffer.from(`\ufeff${text}`, 'utf16le')])
        await expect(load(content)).rejects.toThrow('bars.csv, line 20001: the last row has no line end')
      const bad = Buffer.concat([Buffer.from(bars(...many).replaceAll('\n', end)), Buffer.from(`\xff${end}`, 'latin1')])
      await expect(load(bad)).rejects.toThrow('bars.csv, line 20002: it is not valid UTF-8')
    }
    const tabs = bars(line('CR', '20240102'), line('C,R', '20240102')).replaceAll(',', '\t').replaceAll('\n', '\r')
    expect(await load(Buffer.from(tabs.replace('C\tR', 'C,R')))).toMatchObject({ rows: 2 })
  })
})

describe('codes damaged by other programs', () => {
  it.each(['nan', '1', '2594', '600519.0', '6e5', "'000001", '="1"', '""600519', '<NA>', '--', 'None'])(
    'are refused with their row, such as %s',
    async (code) => {
      const quoted = `"${code.replaceAll('"', '""')}"`
      await expect(load(bars(line('GOOD', '20240102'), line(quoted, '20240102')))).rejects.toThrow(
        /line 3: ts_code: got .*expected a code/,
      )
      expect(await rowsOf('GOOD', 'close')).toEqual([])
    },
  )

  it('are refused if a text of the key became a number, such as report_type', async () => {
    const file = 'ts_code,ann_date,f_ann_date,end_date,report_type,total_revenue\nA,20240401,20240401,20231231,1.0,5\n'
    await expect(load(file, {}, tushare.income)).rejects.toThrow(
      'line 2: report_type: got "1.0"; expected a code such as 1',
    )
  })

  it.each(['000001.sz', '000001.Sz', '00700.hk'])(
    'are refused if they would create a second stock: %s',
    async (code) => {
      await expect(load(bars(line('GOOD', '20240102'), line(code, '20240102')))).rejects.toThrow(
        `line 3: ts_code: got "${code}"; expected a code such as ${code.toUpperCase()}, in capital letters; --plain-symbols`,
      )
      expect(await load(bars(line(code, '20240102')), { plainSymbols: true })).toMatchObject({ rows: 1 })
    },
  )

  it('are accepted unchanged on request, and always with their zeros', async () => {
    expect(await load(bars(line('7203', '20240102')), { plainSymbols: true })).toMatchObject({ rows: 1 })
    expect(await load(bars(line('000002', '20240102'), line('00700', '20240102')))).toMatchObject({
      rows: 2,
      notes: [],
    })
  })

  it('are stripped of Excel’s marks, with a message', async () => {
    const result = await load(bars(line('"=""600519.SH"""', '20240102'), line('"=""600519.SH"""', '20240103')))
    expect(result.notes).toEqual(['2 values, first in line 2: ts_code: Excel\'s marks ="…" are removed'])
    expect(await rowsOf('600519.SH', 'close')).toEqual([
      ['2024-01-02', 1685.01],
      ['2024-01-03', 1685.01],
    ])
  })
})

describe('output of common programs', () => {
  const expected = [['2024-01-02', -2.3749, 5440082.5]]
  it.each([
    ['dates as floats', bars(line('F', '20240102.0'))],
    ['dates with midnight', bars(line('F', '2024-01-02 00:00:00'))],
    ['dates with midnight and a T', bars(line('F', '2024-01-02T00:00:00.000'))],
    ['dates with slashes', bars(line('F', '2024/1/2'))],
    ['grouped digits', bars(line('F', '20240102', '-2.3749', '"5,440,082.5"'))],
    ['upper-case headers', bars(line('F', '20240102')).replace(header, header.toUpperCase())],
    ['tabs', bars(line('F', '20240102')).replaceAll(',', '\t')],
    ['an unnamed index', bars(line('F', '20240102')).replace('ts_code', ',ts_code').replace('\nF', '\n0,F')],
    [
      'a named pandas index',
      bars(line('F', '20240102')).replace('ts_code', 'Unnamed: 0,ts_code').replace('\nF', '\n0,F'),
    ],
  ])('is accepted: %s', async (what, content) => {
    const { notes } = await load(content)
    expect(notes).toEqual(what.includes('index') ? ['line 1: the first column has no name and is ignored'] : [])
    expect(await rowsOf('F', 'pct_chg', 'amount')).toEqual(expected)
  })

  it.each(['--', '<NA>', 'N/A', 'nan', '-'])('is null for %s', async (text) => {
    await load(bars(line('N', '20240102', text)))
    expect(await rowsOf('N', 'pct_chg')).toEqual([['2024-01-02', Number.NaN]])
  })

  it.each(['1e-400', '1,23', '0,123', '1.234,5', '0x10', '12,34,567', ' x'])(
    'is refused if a number is %s',
    async (text) => {
      await expect(load(bars(line('R', '20240102', `"${text}"`)))).rejects.toThrow(
        /line 2: pct_chg: got .*expected a number/,
      )
    },
  )

  it('is refused if a date has a time', async () => {
    await expect(load(bars(line('R', '2024-01-02 09:30:00')))).rejects.toThrow(/trade_date: got .*expected a date/)
  })

  it('is accepted with database columns as headers, and in flags and dates of a calendar', async () => {
    expect(await load('日期,股票代码,收盘\n2024-01-02,000001,9.21\n', {}, ak)).toMatchObject({ rows: 1 })
    expect((await served.db.ak.range({})).rows()).toEqual([{ code: '000001', day: '2024-01-02', close: 9.21 }])
    const calendar = 'exchange,cal_date,is_open,pretrade_date\nSSE,20240102,True,20231229.0\nSSE,20240103,0.0,\n'
    expect(await load(calendar, {}, tushare.trade_cal)).toMatchObject({ rows: 2 })
    const days = (await served.db.trade_cal.range({})).rows()
    expect(days.map(({ is_open, pretrade_date }) => [is_open, pretrade_date])).toEqual([
      [1, '2023-12-29'],
      [0, null],
    ])
  })
})

describe.each(oneOfEachEngine)('the report of an import into $engine', ({ open }) => {
  let own: Store
  let engine: Engine
  beforeAll(async () => {
    own = await open()
    engine = openEngine(own.address, createLog('silent'))
    await createMissingTables(
      engine,
      { daily: tushare.daily, fina_indicator: tushare.fina_indicator, suspend_d: tushare.suspend_d },
      never,
    )
  })
  afterAll(async () => {
    await engine?.close()
    await own?.drop()
  })
  const into = async (content: string, dataset: Dataset = tushare.daily, more: Partial<ImportOptions> = {}) => {
    const options = { dataset, ignoreUnknown: false, signal: never, onProgress: () => {}, ...more }
    const { inserted, changed, unchanged, kept } = await importFile(engine, fileOf(content), options)
    return [inserted, changed, unchanged, kept]
  }

  it('counts new, changed and unchanged rows exactly', async () => {
    const rows = Array.from({ length: 5_000 }, (_, row) => `C${row},20240102,${row}`)
    const file = (lines: readonly string[]) => `ts_code,trade_date,close\n${lines.join('\n')}\n`
    expect(await into(file(rows))).toEqual([5_000, 0, 0, 0])
    expect(await into(file(rows))).toEqual([0, 0, 5_000, 0])
    const other = rows.map((row, at) => (at % 10 === 0 ? `${row}.5` : row))
    expect(await into(file([...other, 'NEW,20240102,1']))).toEqual([1, 500, 4_500, 0])
    expect(await into(file(['NEW,20240102,']))).toEqual([0, 1, 0, 0])
    expect(await into(file(['NEW,20240102,']))).toEqual([0, 0, 1, 0])
  })

  it('counts keys with nulls, rows with only a key, and skipped rows', async () => {
    const head = 'ts_code,end_date,ann_date,roe\n'
    expect(await into(`${head}A,20230331,,9\nA,20230331,20230426,9\n`, tushare.fina_indicator)).toEqual([2, 0, 0, 0])
    const again = `${head}A,20230331,,9\nA,20230331,20230426,10\nA,20230331,20230426,11\n`
    expect(await into(again, tushare.fina_indicator, { onDuplicate: 'keep-first' })).toEqual([0, 1, 1, 1])
    const key = 'ts_code,trade_date,suspend_type\nA,20240102,S\n'
    expect(await into(key, tushare.suspend_d)).toEqual([1, 0, 0, 0])
    expect(await into(key, tushare.suspend_d)).toEqual([0, 0, 1, 0])
  })
})

describe('codes without their exchange', () => {
  it('get the leading zeros back that a program dropped, or are refused beside another code', async () => {
    const stocks = tushare.stock_basic
    const more = { bareCode: 'symbol' }
    const { notes } = await load('ts_code,symbol\n000001.SZ,1\n000024.SZ,24.0\n600519.SH,600519\n', more, stocks)
    expect(notes).toEqual(['2 values, first in line 2: symbol: the leading zeros of the code are restored'])
    expect((await served.db.stock_basic.list({ symbols: ['000001.SZ', '000024.SZ'] })).columns.symbol).toEqual([
      '000001',
      '000024',
    ])
    await expect(load('ts_code,symbol\n000002.SZ,000002\n000004.SZ,5\n', more, stocks)).rejects.toThrow(
      'line 3: symbol: got "5"; expected 000004, as in ts_code 000004.SZ',
    )
  })
})
