import type { Catalogue } from '@stockdb/contract'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openIntrospector } from '../../src/engine/open.ts'
import { catalogueSource } from '../../src/introspect/catalogue-source.ts'
import { introspect } from '../../src/introspect/introspect.ts'
import { askJson } from '../support/ask-json.ts'
import { draftedCatalogue } from '../support/drafted.ts'
import { engineOf } from '../support/engines.ts'
import { type Served, serve } from '../support/serve.ts'
import { sql } from '../support/sql.ts'
import { indexedMakers, oneOfEachEngine, type Store } from '../support/stores.ts'

/** Tables of one row each, whose close is the number of the table, from 0. */
const tables = [
  ...['us_AAPL', 'us_BRK_B', 'us_MSFT', 'us_T'],
  ...['hk_00005', 'hk_00700', 'hk_09988'],
  ...['k_sh600519', 'k_sz000001', 'k_bj830799'],
  ...['d_600519_SH', 'd_000001_SZ', 'd_000002_SZ'],
  ...['bare_600519', 'bare_000001', 'bare_300750'],
  ...['index_000001', 'index_000300', 'index_399001'],
  ...['funds_510300', 'funds_510500', 'funds_159915'],
]

describe.each(oneOfEachEngine)('codes in names of tables on $engine', ({ open }) => {
  let store: Store
  let served: Served<Catalogue>

  beforeAll(async () => {
    store = await open()
    const q = (name: string): string => (engineOf(store.address) === 'mysql' ? `\`${name}\`` : `"${name}"`)
    await sql(
      store.address,
      ...tables.flatMap((table, at) => [
        `create table ${q(table)} (trade_date date not null, close double precision)`,
        `insert into ${q(table)} values ('2024-01-02', ${at})`,
      ]),
      'create table adj_factor (ts_code varchar(16) not null, trade_date date not null, adj_factor double precision, primary key (ts_code, trade_date))',
      "insert into adj_factor values ('600519.SH', '2024-01-02', 1)",
      'create table trade_cal (exchange varchar(8) not null, cal_date date not null, is_open integer, pretrade_date date, primary key (exchange, cal_date))',
      "insert into trade_cal values ('SSE', '2024-01-02', 1, '2023-12-29')",
    )
    served = await serve(store.address, { catalogue: await draftedCatalogue(store.address), tables: false })
  })

  afterAll(async () => {
    await served?.close()
    await store?.drop()
  })

  it.each([
    ['us', { AAPL: 0, BRK_B: 1, MSFT: 2, T: 3 }],
    ['hk', { '00005': 4, '00700': 5, '09988': 6 }],
    ['k', { '000001.SZ': 8, '600519.SH': 7, '830799.BJ': 9 }],
    ['d', { '000001.SZ': 11, '000002.SZ': 12, '600519.SH': 10 }],
    ['bare', { '000001.SZ': 14, '300750.SZ': 15, '600519.SH': 13 }],
    ['index', { '000001': 16, '000300': 17, '399001': 18 }],
    ['funds', { '159915': 21, '510300': 19, '510500': 20 }],
  ])('are the symbols of %s', async (dataset, closes) => {
    const { items } = await askJson(served.server.url, `${dataset}.range`, { fields: ['close'] })
    const expected = Object.entries(closes).toSorted(([a], [b]) => (a < b ? -1 : 1))
    expect(items.map(([symbol, , close]) => [symbol, close])).toEqual(expected)
    const [[first = ''] = []] = expected
    expect((await askJson(served.server.url, `${dataset}.range`, { symbols: [first] })).items).toHaveLength(1)
  })

  it('have no calendar and no factors of mainland China where they are not codes of its stocks, and say so', async () => {
    const database = openIntrospector(store.address)
    const draft = await introspect(database).finally(() => database.close())
    const found = new Map(draft.datasets.map((one) => [one.name, one]))
    expect(found.get('k')?.rules).toMatchObject({ calendar: 'SSE', adjustment: { dataset: 'adj_factor' } })
    for (const name of ['us', 'hk', 'index', 'funds']) {
      expect(found.get(name)?.rules ?? {}).toEqual({})
      expect(found.get(name)?.tables).toMatchObject({ notation: 'as-named' })
      expect(found.get(name)?.warnings.join()).toContain('codes are taken from the names of the tables, such as')
    }
    expect(found.get('bare')?.warnings.join()).toContain('the names have no exchange: 000001.SZ is by the first digits')
    expect(catalogueSource(draft)).toContain("tables: { pattern: 'us_{symbol}', notation: 'as-named' },")
  })
})

describe.each(indexedMakers)('many tables without an index on $engine', ({ open }) => {
  it('are one warning that counts them and names a few, with the statement', async () => {
    const store = await open()
    try {
      const codes = ['000001_SZ', '000002_SZ', '000004_SZ', '000006_SZ', '000007_SZ']
      await sql(
        store.address,
        ...codes.map((code) => `create table bars_${code} (trade_date date not null, close double precision)`),
        'create index by_day on bars_000001_SZ (trade_date)',
        ...[2022, 2023].map(
          (year) =>
            `create table daily_${year} (ts_code varchar(16), trade_date date not null, close double precision)`,
        ),
      )
      const database = openIntrospector(store.address)
      const { datasets } = await introspect(database).finally(() => database.close())
      const plain = datasets.map(({ warnings }) =>
        warnings.filter((one) => one.startsWith('no index')).map((one) => one.replaceAll(/["`]/g, '')),
      )
      expect(plain).toEqual([
        [
          'no index begins with trade_date in 4 of 5 tables (bars_000002_SZ, bars_000004_SZ, bars_000006_SZ, …): calls for a day read them whole; for each of them: create index bars_000002_SZ_trade_date on bars_000002_SZ (trade_date)',
        ],
        [
          'no index begins with ts_code in 2 of 2 tables (daily_2022, daily_2023): calls with symbols read them whole; for each of them: create index daily_2022_ts_code_trade_date on daily_2022 (ts_code, trade_date)',
          'no index begins with trade_date in 2 of 2 tables (daily_2022, daily_2023): calls for a day read them whole; for each of them: create index daily_2022_trade_date on daily_2022 (trade_date)',
        ],
      ])
    } finally {
      await store.drop()
    }
  })
})
