import { connect } from '@stockdb/client'
import type { Tushare } from '@stockdb/contract'
import { defineCatalogue, defineDataset, symbol, tushare } from '@stockdb/contract'
import type { StoredValue } from '@stockdb/contract/internal'
import { createLog, start } from '@stockdb/server'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Served, serve } from '../support/serve.ts'
import { enginesOfRun, type Store } from '../support/stores.ts'
import { writeRows } from '../support/write-rows.ts'

const stocks: StoredValue[][] = [
  ['000001.SZ', '000001', '平安银行', 'payh', '银行', '1991-04-03', null],
  ['000003.SZ', '000003', 'PT金田A', 'ptjta', null, '1991-07-03', '2002-06-14'],
  ['000005.SZ', '000005', 'ST星源', 'stxy', '环保', '1990-12-10', null],
  ['600001.SH', '600001', '邯郸钢铁', 'hdgt', '钢铁', '1998-01-22', '2009-12-29'],
  ['600100.SH', '600100', '同方股份', 'tfgf', '电脑', '1997-06-27', null],
  ['600519.SH', '600519', '贵州茅台', 'gzmt', '白酒', '2001-08-27', null],
  ['601318.SH', '601318', '中国平安', 'zgpa', '保险', '2007-03-01', null],
  // Funds and future listings have no first day.
  ['A20001.SZ', 'A20001', '100%_!股份', 'bfbgf', null, null, null],
]

const names: StoredValue[][] = [
  ['000001.SZ', '深发展A', '1991-04-03', '2006-10-08'],
  ['000001.SZ', 'S深发展A', '2006-10-09', '2007-06-19'],
  ['000001.SZ', '深发展A', '2007-06-20', '2012-08-01'],
  ['000001.SZ', '平安银行', '2012-08-02', null],
  ['000005.SZ', '世纪星源', '1999-03-01', '2021-04-29'],
  ['000005.SZ', 'ST星源', '2021-04-30', null],
  // Overlapping: the one that began last applies.
  ['600100.SH', '清华同方', '1997-06-27', '2006-05-30'],
  ['600100.SH', '同方股份', '2006-05-30', null],
]

describe.each(enginesOfRun)('instruments of $engine', ({ open }) => {
  let store: Store
  let served: Served<Tushare>
  beforeAll(async () => {
    store = await open()
    served = await serve(store.address)
    const { engine } = served.server
    const fields = ['ts_code', 'symbol', 'name', 'cnspell', 'industry', 'list_date', 'delist_date']
    await writeRows(engine, tushare.stock_basic, stocks, fields)
    await writeRows(engine, tushare.namechange, names, ['ts_code', 'name', 'start_date', 'end_date'])
  })
  afterAll(async () => {
    await served?.close()
    await store?.drop()
  })

  describe('list', () => {
    const on = async (asOf: string): Promise<string[]> =>
      (await served.db.instruments.list({ asOf, fields: [] })).columns.ts_code.map((code) => code.slice(0, 6))

    it('returns the listed stocks, from the first day to the day before delisting', async () => {
      expect(await on('1990-12-09')).toEqual([])
      expect(await on('1991-04-03')).toEqual(['000001', '000005'])
      expect(await on('2002-06-13')).toEqual(['000001', '000003', '000005', '600001', '600100', '600519'])
      expect(await on('20020614')).toEqual(['000001', '000005', '600001', '600100', '600519'])
      expect(await on('2026-01-01')).toEqual(['000001', '000005', '600100', '600519', '601318'])
    })

    it('returns names as of the date, and whether they show special treatment', async () => {
      const on = async (asOf: string) =>
        (await served.db.instruments.list({ asOf, symbols: ['000001.SZ', '000003.SZ', '000005.SZ'], fields: [] }))
          .rows()
          .map(({ name, name_source, is_st }) => `${name} ${name_source}${is_st ? ' ST' : ''}`)
      expect(await on('1991-04-03')).toEqual(['深发展A namechange', 'ST星源 stock_basic ST'])
      expect(await on('2002-06-13')).toEqual(['深发展A namechange', 'PT金田A stock_basic', '世纪星源 namechange'])
      expect(await on('2006-10-08')).toEqual(['深发展A namechange', '世纪星源 namechange'])
      expect(await on('2006-10-09')).toEqual(['S深发展A namechange', '世纪星源 namechange'])
      expect(await on('2021-04-29')).toEqual(['平安银行 namechange', '世纪星源 namechange'])
      expect(await on('2021-04-30')).toEqual(['平安银行 namechange', 'ST星源 namechange ST'])
    })

    it('takes the name that began last if two overlap', async () => {
      const { columns } = await served.db.instruments.list({ asOf: '2006-05-30', symbols: ['600100.SH'] })
      expect(columns.name).toEqual(['同方股份'])
    })

    it('returns fields that never change by default, and reports which others are as of today', async () => {
      const { columns, meta } = await served.db.instruments.list({ asOf: '2024-01-01', limit: 1 })
      expect(Object.keys(columns)).toEqual([
        'ts_code',
        'name',
        'name_source',
        'is_st',
        'symbol',
        'exchange',
        'list_date',
      ])
      expect(columns.list_date).toEqual(['1991-04-03'])
      expect(meta).toMatchObject({ dataset: 'instruments', asOf: '2024-01-01', rows: 1, complete: false })
      expect(meta.rule).toContain('stocks without a list_date are left out')
      expect(meta.rule).not.toContain('today;')
      const more = await served.db.instruments.list({ asOf: '2024-01-01', fields: ['name', 'industry', 'ts_code'] })
      expect(Object.keys(more.columns)).toEqual(['ts_code', 'name', 'name_source', 'is_st', 'industry'])
      expect(more.meta.rule).toMatch(/; industry as of today$/)
    })

    it('uses today without a date, or without arguments', async () => {
      const listed = ['000001.SZ', '000005.SZ', '600100.SH', '600519.SH', '601318.SH']
      // China has no daylight saving time. If the day ends between two calls, either date is right.
      const today = () => new Date(Date.now() + 8 * 3_600_000).toISOString().slice(0, 10)
      const before = today()
      const { columns, meta } = await served.db.instruments.list()
      expect(columns.ts_code).toEqual(listed)
      expect([before, today()]).toContain(meta.asOf)
      expect((await served.db.instruments.list({ symbols: listed, fields: [] })).columns.ts_code).toEqual(listed)
    })

    it('refuses unknown fields', async () => {
      const { instruments } = served.db
      await expect(instruments.list({ asOf: '2024-01-01', fields: ['x' as never] })).rejects.toThrow(
        'expected a field of stock_basic',
      )
    })
  })

  describe('search', () => {
    const found = async (text: string, more: { asOf?: string; limit?: number } = {}): Promise<string[]> =>
      (await served.db.instruments.search({ text, ...more }))
        .rows()
        .map((row) => [row.ts_code, row.match, row.name, row.former_name].filter((part) => part !== null).join(' '))

    it('finds by code prefix, ignoring case', async () => {
      expect(await found('600')).toEqual([
        '600001.SH code 邯郸钢铁',
        '600100.SH code 同方股份',
        '600519.SH code 贵州茅台',
      ])
      expect(await found('600519.sh')).toEqual(['600519.SH code 贵州茅台'])
      expect(await found('a2')).toEqual(['A20001.SZ code 100%_!股份'])
    })

    it('finds by pinyin prefix, ignoring case', async () => {
      expect(await found('GZ')).toEqual(['600519.SH pinyin 贵州茅台'])
      expect(await found('zgpa')).toEqual(['601318.SH pinyin 中国平安'])
    })

    it('finds by a part of a current or former name, by its beginning first', async () => {
      expect(await found('茅台')).toEqual(['600519.SH name 贵州茅台'])
      expect(await found('平安')).toEqual(['000001.SZ name 平安银行', '601318.SH name 中国平安'])
      expect(await found('发展')).toEqual(['000001.SZ former name 平安银行 深发展A'])
      expect(await found('深发')).toEqual(['000001.SZ former name 平安银行 深发展A'])
      expect(await found('清华同方')).toEqual(['600100.SH former name 同方股份 清华同方'])
    })

    it('puts exact matches first, then codes, pinyin and names', async () => {
      // ST星源 matches by pinyin and by name; the first of these is reported.
      expect(await found('st')).toEqual(['000005.SZ pinyin ST星源'])
      expect(await found('ST')).toEqual(['000005.SZ pinyin ST星源'])
      expect(await found('S')).toEqual(['000005.SZ pinyin ST星源', '000001.SZ former name 平安银行 S深发展A'])
      expect(await found('000001')).toEqual(['000001.SZ code 平安银行'])
    })

    it('takes every character of the text literally', async () => {
      expect(await found('%')).toEqual(['A20001.SZ name 100%_!股份'])
      expect(await found('_')).toEqual(['A20001.SZ name 100%_!股份'])
      expect(await found('1_0')).toEqual([])
      expect(await found('100%_')).toEqual(['A20001.SZ name 100%_!股份'])
      expect(await found("' or 1=1 -- ")).toEqual([])
      expect(await found('\\')).toEqual([])
      expect(await found('平安银行 ')).toEqual([])
    })

    it('as of a date finds only listed stocks, and names used by then', async () => {
      expect(await found('600', { asOf: '1998-01-22' })).toEqual(['600001.SH code 邯郸钢铁', '600100.SH code 清华同方'])
      expect(await found('平安', { asOf: '2012-08-01' })).toEqual(['601318.SH name 中国平安'])
      expect(await found('深发', { asOf: '2012-08-01' })).toEqual(['000001.SZ name 深发展A'])
      expect(await found('清华', { asOf: '2006-05-30' })).toEqual(['600100.SH former name 同方股份 清华同方'])
    })

    it('returns at most 20 by default, and reports whether there were more', async () => {
      const { meta, numRows } = await served.db.instruments.search({ text: '6', limit: 2 })
      expect([numRows, meta.complete]).toEqual([2, false])
      expect((await served.db.instruments.search({ text: '6' })).meta.arguments).toEqual({ text: '6', limit: 20 })
    })

    it('refuses an empty text, a long text, and too many rows', async () => {
      const { instruments } = served.db
      for (const input of [{ text: '' }, { text: 'x'.repeat(65) }, { text: 'x', limit: 1_001 }, {}])
        await expect(instruments.search(input as never)).rejects.toMatchObject({ code: 'INVALID_INPUT' })
    })
  })
})

describe.each(enginesOfRun)('instruments of $engine without namechange, cnspell or stock_basic', ({ open }) => {
  it('uses current names if the table of names is missing, and does not exist without a list of stocks', async () => {
    const store = await open()
    const { ts_code, name, list_date, delist_date } = tushare.stock_basic.fields
    const bare = defineDataset({
      name: 'stock_basic',
      description: 'Stocks',
      fields: { ts_code, name, list_date, delist_date },
      key: ['ts_code'],
      symbol: 'ts_code',
    })
    const other = defineDataset({
      name: 'other',
      description: 'Others',
      fields: { ts_code: symbol.required('Code') },
      key: ['ts_code'],
    })
    try {
      const served = await serve(store.address, { catalogue: defineCatalogue({ stock_basic: bare }) })
      await writeRows(served.server.engine, bare, [['000001.SZ', '平安银行', '1991-04-03', null]])
      const { instruments } = served.db
      expect((await instruments.list({ asOf: '2024-01-01' })).rows()).toEqual([
        { ts_code: '000001.SZ', name: '平安银行', name_source: 'stock_basic', is_st: false },
      ])
      for (const asOf of [undefined, '2024-01-01'])
        expect((await instruments.search({ text: '平', asOf })).columns.match).toEqual(['name'])
      await served.close()
      // Declared, but missing in the database.
      const told = { ...tushare.namechange, table: 'nobody_has_it' }
      const server = await start({
        log: createLog('silent'),
        catalogue: defineCatalogue({ stock_basic: bare, namechange: told }),
        database: store.address,
        port: 0,
      })
      if (server.engine.kind === 'mysql') {
        const db = await connect<Tushare>(server.url, { retries: 0 })
        const { columns, meta } = await db.instruments.list({ asOf: '2024-01-01', fields: [] })
        expect(columns.name_source).toEqual(['stock_basic'])
        expect(meta.rule).toMatch(/; today's name, because namechange has a problem$/)
        expect((await db.instruments.search({ text: '平' })).numRows).toBe(1)
      }
      await server.close()
      const without = await serve(store.address, { catalogue: defineCatalogue({ other }) })
      await expect(without.db.trpc.instruments.search.query({ text: '平' })).rejects.toMatchObject({
        data: { code: 'UNKNOWN_PROCEDURE' },
      })
      await without.close()
    } finally {
      await store.drop()
    }
  })
})
