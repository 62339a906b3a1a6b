import type { Tushare } from '@stockdb/contract'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openIntrospector } from '../../src/engine/open.ts'
import { introspect } from '../../src/introspect/introspect.ts'
import { draftedCatalogue } from '../support/drafted.ts'
import { byEngine } from '../support/engines.ts'
import { type Served, serve } from '../support/serve.ts'
import { sql } from '../support/sql.ts'
import { enginesOfRun, indexedMakers, type Store } from '../support/stores.ts'

const days = ['20240102', '20240103', '20240104', '20240105', '20240108']
const stocks = ['000001.SZ', '600519.SH']

/** Tables as pandas' to_sql makes them of what Tushare answers: an index column, days as texts or doubles. */
const statements = [
  'create table daily (`index` bigint, ts_code varchar(20), trade_date varchar(20), open double precision, high double precision, low double precision, close double precision, pre_close double precision, `change` double precision, pct_chg double precision, vol bigint, amount double precision)',
  'create index ix_daily on daily (ts_code, trade_date)',
  `insert into daily values ${stocks
    .flatMap((code, at) =>
      days.map(
        (day, n) => `(${at * 5 + n}, '${code}', '${day}', 10, 12, 9, ${10 + n}, ${9 + n}, 1, 1.5, ${100 + n}, 1000)`,
      ),
    )
    .join()}`,
  'create table my_factors (ts_code varchar(20), trade_date double precision, adj_factor double precision)',
  'create index ix_factors on my_factors (ts_code, trade_date)',
  `insert into my_factors values ${stocks.flatMap((code) => days.map((day, n) => `('${code}', ${day}, ${n < 2 ? 1 : 2})`)).join()}`,
  'create table trade_cal (exchange varchar(10), cal_date varchar(8), is_open varchar(4), pretrade_date double precision)',
  `insert into trade_cal values ${['20240101', ...days, '20240106', '20240107']
    .map((day) => `('SSE', '${day}', '${days.includes(day) ? 1 : 0}', 20231229)`)
    .join()}`,
  'create table stock_basic (ts_code varchar(20), symbol varchar(20), name varchar(20), area varchar(20), industry varchar(20), cnspell varchar(20), market varchar(20), list_date varchar(8), act_name varchar(20))',
  `insert into stock_basic values ('000001.SZ', '000001', '平安银行', '深圳', '银行', 'payh', '主板', '19910403', null), ('600519.SH', '600519', '贵州茅台', '贵州', '白酒', 'gzmt', '主板', '20010827', null)`,
  'create table income (ts_code varchar(20), ann_date varchar(8), f_ann_date varchar(8), end_date varchar(8), report_type varchar(4), comp_type varchar(4), end_type varchar(4), basic_eps double precision, total_revenue double precision, revenue double precision, n_income double precision, update_flag varchar(4))',
  "insert into income values ('600519.SH', '20240103', '20240103', '20231231', '1', '1', '4', 50, 100, 90, 40, '0'), ('600519.SH', '20240105', '20240105', '20231231', '1', '1', '4', 51, 101, 91, 41, '1')",
  // The update flag is left out unless one asks Tushare for it; f_ann_date, because somebody did not want it.
  'create table fina_indicator (ts_code varchar(20), ann_date varchar(8), end_date varchar(8), eps double precision, roe double precision, netprofit_margin double precision)',
  "insert into fina_indicator values ('600519.SH', '20240103', '20231231', 50, 30, 51), ('600519.SH', '20240105', '20231231', 51, 31, 52), ('000001.SZ', '20240105', '20231231', 2, 10, 28), ('000001.SZ', '20240105', '20231231', 3, 11, 29)",
  'create table cashflow (ts_code varchar(20), ann_date varchar(8), end_date varchar(8), report_type varchar(4), comp_type varchar(4), n_cashflow_act double precision)',
  "insert into cashflow values ('600519.SH', '20240103', '20231231', '1', '1', 50)",
]

describe.each(enginesOfRun)("copies of Tushare's tables on $engine", (maker) => {
  let store: Store
  let served: Served<Tushare>

  beforeAll(async () => {
    store = await maker.open()
    const table = byEngine(store.address, { mysql: '$& character set utf8mb4', sqlite: '$&', duckdb: '$&' })
    await sql(store.address, ...statements.map((words) => words.replace(/^create table .*/, table)))
    const catalogue = await draftedCatalogue(store.address)
    served = await serve(store.address, { catalogue: catalogue as unknown as Tushare })
  })

  afterAll(async () => {
    await served?.close()
    await store?.drop()
  })

  it('have units, keys and rules, without the index column of pandas', async () => {
    const catalogue = await draftedCatalogue(store.address)
    expect(catalogue.daily).toMatchObject({
      key: ['ts_code', 'trade_date'],
      calendar: 'SSE',
      symbols: 'stock_basic',
      adjustment: { dataset: 'my_factors', factor: 'adj_factor' },
      bars: { first: ['open', 'pre_close'] },
      fields: { vol: { unit: 'lots of 100 shares' }, trade_date: { type: 'date', dateFormat: 'YYYYMMDD' } },
    })
    expect(catalogue.daily?.fields).not.toHaveProperty('index')
    expect(catalogue.trade_cal?.fields.is_open).toMatchObject({ type: 'bool', numberFormat: 'text' })
    expect(catalogue.income?.pointInTime).toMatchObject({ kind: 'announced', announced: 'ann_date' })
  })

  it('are drafted by patterns of names, and an index that a read would use comes with its statement', async () => {
    const database = openIntrospector(store.address)
    try {
      const { datasets } = await introspect(database, ['my_*', 'income'])
      expect(datasets.map(({ name }) => name)).toEqual(['income', 'my_factors'])
      const [income, factors] = datasets.map(({ warnings }) => warnings.map((words) => words.replaceAll(/[`"]/g, '')))
      const advice = [
        'no index begins with ts_code: calls with symbols read the whole table; create index income_ts_code_end_date on income (ts_code, end_date)',
        'no index begins with trade_date: calls for a day read the whole table; create index my_factors_trade_date on my_factors (trade_date)',
      ]
      const given = [...(income ?? []), ...(factors ?? [])].filter((words) => words.startsWith('no index'))
      // The others find rows without one.
      expect(given).toEqual(indexedMakers.includes(maker) ? expect.arrayContaining(advice) : [])
      expect(factors).toHaveLength(indexedMakers.includes(maker) ? 1 : 0)
      await expect(introspect(database, ['nothing*'])).rejects.toMatchObject({ code: 'INVALID_INPUT' })
    } finally {
      await database.close()
    }
  })

  it('answer a panel of adjusted prices, bars of weeks, reports as of a day, and screens', async () => {
    const { db } = served
    const panel = await db.daily.panel({
      ...{ start: '2024-01-01', end: '2024-01-08', fields: ['close'], adjust: 'qfq', symbols: stocks },
    })
    expect([...panel.dates]).toEqual(['2024-01-02', '2024-01-03', '2024-01-04', '2024-01-05', '2024-01-08'])
    expect(panel.panels.close.values.map((row) => [...row])).toEqual([
      [5, 5],
      [5.5, 5.5],
      [12, 12],
      [13, 13],
      [14, 14],
    ])
    const weeks = await db.daily.range({ symbols: ['600519.SH'], freq: 'week', fields: ['close', 'vol'] })
    expect(weeks.rows().map(({ close, vol }) => [close, vol])).toEqual([
      [13, 406],
      [14, 104],
    ])
    const reports = await db.income.asOf({ date: '2024-01-04', symbols: ['600519.SH'], fields: ['basic_eps'] })
    expect(reports.rows().map((row) => row.basic_eps)).toEqual([50])
    const screen = await db.screen({
      date: '2024-01-08',
      symbols: stocks,
      where: { 'income.basic_eps': { gt: 50 } },
      fields: ['daily.close'],
    })
    expect(screen.rows()).toMatchObject([{ ts_code: '600519.SH' }])
  })

  it('answer as of a day without an update flag, and name two announcements of one day that it would distinguish', async () => {
    const { db } = served
    const asked = { fields: ['roe'], symbols: ['600519.SH'] } as const
    for (const [date, roe] of [
      ['2024-01-04', 30],
      ['2024-01-08', 31],
    ] as const)
      expect((await db.fina_indicator.asOf({ ...asked, date })).rows().map((row) => row.roe)).toEqual([roe])
    const repeated = db.fina_indicator.asOf({ ...asked, date: '2024-01-08', symbols: ['000001.SZ'] })
    await expect(repeated).rejects.toMatchObject({ code: 'DUPLICATE_KEY' })
    await expect(repeated).rejects.toThrow(/000001\.SZ.*2023-12-31.*2024-01-05/)
  })

  it('have no calls as of a day where nothing says when a correction was known, and say why', async () => {
    const database = openIntrospector(store.address)
    try {
      const { datasets } = await introspect(database, ['cashflow'])
      expect(datasets[0]?.rules).not.toHaveProperty('pointInTime')
      expect(datasets[0]?.warnings.join()).toContain("no asOf and no screens: f_ann_date of Tushare's table is missing")
    } finally {
      await database.close()
    }
  })
})
