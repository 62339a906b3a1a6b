import { type Client, connect } from '@stockdb/client'
import { type Catalogue, date, defineCatalogue, defineDataset, float64, symbol, text } from '@stockdb/contract'
import { createLog, type StockdbServer, start } from '@stockdb/server'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { askJson } from '../support/ask-json.ts'
import { byEngine } from '../support/engines.ts'
import { sql } from '../support/sql.ts'
import { enginesOfRun, type Store } from '../support/stores.ts'

const code = { ts_code: symbol.required('Code') }
const foreign = { managed: false, symbol: 'ts_code' } as const

const catalogue = defineCatalogue({
  daily: defineDataset({
    ...{ ...foreign, name: 'daily', description: 'Bars', key: ['ts_code', 'trade_date'], date: 'trade_date' },
    // As introspection declares a table with codes that its collation treats as equal.
    latest: 'scan',
    fields: {
      ...{ ...code, trade_date: date.required('Day'), close: float64('Close'), pre_close: float64('Close before') },
      ...{ diff: float64('Change'), pct_chg: float64('Change in percent') },
    },
    adjustment: {
      ...{ dataset: 'rates', factor: 'adj_factor', prices: ['close', 'pre_close'], close: 'close' },
      ...{ change: 'diff', percentChange: 'pct_chg', previousClose: 'pre_close', previousCloseIs: 'ex-rights' },
    },
  }),
  spot: defineDataset({
    ...{ ...foreign, name: 'spot', description: 'Read by index', key: ['ts_code', 'trade_date'], date: 'trade_date' },
    fields: { ...code, trade_date: date.required('Day'), close: float64('Close') },
  }),
  rates: defineDataset({
    ...{ ...foreign, name: 'rates', description: 'Factors', key: ['ts_code', 'trade_date'], date: 'trade_date' },
    latest: 'scan',
    fields: { ...code, trade_date: date.required('Day'), adj_factor: float64('Factor') },
  }),
  reports: defineDataset({
    ...{ ...foreign, name: 'reports', description: 'Statements', key: ['ts_code', 'end_date', 'ann_date'] },
    date: 'end_date',
    fields: {
      ...code,
      ...{ ann_date: date.required('Announced'), end_date: date.required('Period'), revenue: float64('Revenue') },
    },
    pointInTime: { kind: 'announced', period: 'end_date', announced: 'ann_date' },
  }),
  names: defineDataset({
    ...{ ...foreign, name: 'names', description: 'Names', key: ['ts_code', 'start_date'], date: 'start_date' },
    fields: { ...code, start_date: date.required('From'), end_date: date('To'), name: text('Name') },
    pointInTime: { kind: 'interval', from: 'start_date', to: 'end_date', endInclusive: true },
  }),
  sectors: defineDataset({
    ...{ ...foreign, name: 'sectors', description: 'Never change', key: ['ts_code'] },
    fields: { ...code, sector: text('Sector') },
    pointInTime: { kind: 'current', immutable: ['sector'] },
  }),
})

/** Rows of both codes in each table; the lower-case code has the newer rows. */
function statements(collated: string): string[] {
  const column = `ts_code varchar(12) ${collated} not null`
  return [
    `create table daily (${column}, trade_date date not null, close double, pre_close double, diff double, pct_chg double)`,
    'create index daily_key on daily (ts_code, trade_date)',
    "insert into daily (ts_code, trade_date, close) values ('abc', '2024-01-03', 1), ('ABC', '2024-01-03', 2), ('ABC', '2024-01-02', 20), ('abc', '2024-01-04', 3), ('xyz', '2024-01-04', 4)",
    `create table rates (${column}, trade_date date not null, adj_factor double)`,
    'create index factors_key on rates (ts_code, trade_date)',
    "insert into rates values ('abc', '2024-01-01', 10), ('ABC', '2024-01-01', 100), ('abc', '2024-01-03', 11), ('xyz', '2024-01-01', 1)",
    `create table spot (${column}, trade_date date not null, close double, primary key (ts_code, trade_date))`,
    'create index spot_date on spot (trade_date)',
    "insert into spot values ('ABC', '2024-01-03', 1), ('ABC', '2024-01-04', 2), ('xyz', '2024-01-04', 4)",
    `create table reports (${column}, ann_date date not null, end_date date not null, revenue double)`,
    'create index reports_key on reports (ts_code, end_date)',
    "insert into reports values ('abc', '2023-10-20', '2023-09-30', 1), ('ABC', '2023-08-20', '2023-06-30', 2), ('ABC', '2023-04-20', '2023-03-31', 3), ('abc', '2023-08-21', '2023-06-30', 4)",
    `create table names (${column}, start_date date not null, end_date date, name varchar(20))`,
    "insert into names values ('abc', '2020-01-01', null, 'small'), ('ABC', '2019-01-01', null, 'great')",
    `create table sectors (${column}, sector varchar(20))`,
    "insert into sectors values ('abc', 'tools'), ('xyz', 'food')",
  ]
}

describe.each(enginesOfRun)(
  'codes that a collation treats as equal, in existing tables in $engine',
  ({ engine, open }) => {
    let store: Store
    let server: StockdbServer
    let db: Client<typeof catalogue>

    beforeAll(async () => {
      store = await open()
      const loose = byEngine(store.address, {
        mysql: 'character set utf8mb4 collate utf8mb4_general_ci',
        sqlite: 'collate nocase',
        duckdb: 'collate nocase',
      })
      await sql(store.address, ...statements(loose))
      server = await start({
        database: store.address,
        catalogue: catalogue as Catalogue,
        port: 0,
        log: createLog('silent'),
      })
      db = await connect<typeof catalogue>(server.url, { retries: 0 })
    })
    afterAll(async () => {
      await server?.close()
      await store?.drop()
    })

    const ask = async (path: string, input: object) => (await askJson(server.url, path, input)).items.toSorted()

    it('are distinguished in point-in-time statements', async () => {
      const known = (input: object) => ask('reports.asOf', { date: '2024-01-01', fields: ['revenue'], ...input })
      const [upper, lower] = [
        ['ABC', '2023-06-30', 2],
        ['abc', '2023-09-30', 1],
      ]
      expect(await known({})).toEqual([upper, lower])
      expect(await known({ symbols: ['ABC'] })).toEqual([upper])
      expect(await known({ symbols: ['Abc'], unknownSymbols: 'ignore' })).toEqual([])
      expect(await known({ symbols: ['ABC'], periods: 2 })).toEqual([['ABC', '2023-03-31', 3], upper])
      expect(await known({ periods: 2 })).toEqual([['ABC', '2023-03-31', 3], upper, ['abc', '2023-06-30', 4], lower])
    })

    it('are distinguished in a screen, however a part is joined', async () => {
      const screen = (input: object) =>
        ask('screen', {
          date: '2024-01-03',
          ...{ where: {}, fields: ['daily.close', 'reports.revenue', 'names.name', 'sectors.sector'] },
          ...input,
        })
      const both = [
        ['ABC', 2, 2, 'great', null],
        ['abc', 1, 1, 'small', 'tools'],
      ]
      expect(await screen({ symbols: ['ABC', 'abc'] })).toEqual(both)
      expect(await screen({ symbols: ['ABC', 'abc'], lookback: true })).toEqual(both)
      expect(await screen({ symbols: ['ABC'] })).toEqual(both.slice(0, 1))
      expect(await screen({ symbols: ['ABC'], date: '2024-01-04' })).toEqual([['ABC', null, 2, 'great', null]])
      expect(await screen({ symbols: ['ABC'], date: '2024-01-04', lookback: true })).toEqual(both.slice(0, 1))
      expect(await screen({ symbols: ['XYZ'], unknownSymbols: 'ignore', date: '2024-01-04', lookback: true })).toEqual([
        ['XYZ', null, null, null, null],
      ])
    })

    it('each have their own factor', async () => {
      const adjusted = (input: object) => ask('daily.range', { fields: ['close'], adjust: 'hfq', ...input })
      expect(await adjusted({ symbols: ['ABC', 'abc'] })).toEqual([
        ['ABC', '2024-01-02', 2000],
        ['ABC', '2024-01-03', 200],
        ['abc', '2024-01-03', 11],
        ['abc', '2024-01-04', 33],
      ])
    })

    it('are distinguished in custom queries: compared, grouped, joined, ordered and counted', async () => {
      const { query } = db
      const closes = (which: string[]) =>
        query.selectFrom('daily').select('close').where('ts_code', 'in', which).orderBy('close').execute()
      expect(await closes(['ABC'])).toEqual([{ close: 2 }, { close: 20 }])
      expect(await closes(['ABC', 'xyz'])).toEqual([{ close: 2 }, { close: 4 }, { close: 20 }])
      expect(await closes(['XYZ', 'Abc'])).toEqual([])
      const of = (operator: '=' | '!=' | '<' | 'like', value: string) =>
        query
          .selectFrom('daily')
          .select(['ts_code', 'close'])
          .where('ts_code', operator, value)
          .orderBy('close')
          .execute()
      expect(await of('=', 'abc')).toEqual([
        { ts_code: 'abc', close: 1 },
        { ts_code: 'abc', close: 3 },
      ])
      expect((await of('!=', 'ABC')).map((row) => row.close)).toEqual([1, 3, 4])
      expect((await of('<', 'a')).map((row) => row.close)).toEqual([2, 20])
      expect((await of('like', 'A%')).map((row) => row.close)).toEqual([2, 20])
      expect(
        await query
          .selectFrom('daily')
          .select((eb) => ['ts_code', eb.fn.countAll().as('n'), eb.fn.max('close').as('top')])
          .groupBy('ts_code')
          .orderBy('ts_code')
          .execute(),
      ).toEqual([
        { ts_code: 'ABC', n: 2, top: 20 },
        { ts_code: 'abc', n: 2, top: 3 },
        { ts_code: 'xyz', n: 1, top: 4 },
      ])
      expect(
        await query
          .selectFrom('daily as d')
          .innerJoin('sectors as s', 's.ts_code', 'd.ts_code')
          .select(['d.ts_code', 'd.close', 's.sector'])
          .orderBy('d.close')
          .execute(),
      ).toEqual([
        { ts_code: 'abc', close: 1, sector: 'tools' },
        { ts_code: 'abc', close: 3, sector: 'tools' },
        { ts_code: 'xyz', close: 4, sector: 'food' },
      ])
      const among = query
        .selectFrom('daily')
        .select('close')
        .where('ts_code', 'in', (eb) => eb.selectFrom('sectors').select('ts_code'))
        .orderBy('close')
      expect((await among.execute()).map((row) => row.close)).toEqual([1, 3, 4])
      const distinct = await query.selectFrom('daily').select('ts_code').distinct().orderBy('ts_code').execute()
      expect(distinct.map((row) => row.ts_code)).toEqual(['ABC', 'abc', 'xyz'])
      const counted = await query
        .selectFrom('daily')
        .select((eb) => eb.fn.count('ts_code').distinct().as('n'))
        .execute()
      expect(counted).toEqual([{ n: 3 }])
    })

    it('can be requested up to the limit, also on a table read through its index', async () => {
      const many = ['ABC', 'xyz', ...Array.from({ length: 9_998 }, (_, at) => `c${at}`)]
      // Too long for a URL.
      const rows = async (call: Promise<{ readonly numRows: number }>) => (await call).numRows
      expect(await rows(db.daily.range({ symbols: many, unknownSymbols: 'ignore', fields: ['close'] }))).toBe(3)
      expect(await rows(db.daily.latest({ symbols: many, unknownSymbols: 'ignore', fields: ['close'] }))).toBe(2)
      for (const n of [1, 2])
        expect(await rows(db.spot.latest({ symbols: many, unknownSymbols: 'ignore', n, fields: ['close'] }))).toBe(
          n + 1,
        )
      expect(
        await rows(
          db.spot.at({
            symbols: many,
            unknownSymbols: 'ignore',
            date: '2024-01-05',
            lookback: true,
            fields: ['close'],
          }),
        ),
      ).toBe(2)
      expect(
        await rows(
          db.reports.asOf({ symbols: many, unknownSymbols: 'ignore', date: '2024-01-01', fields: ['revenue'] }),
        ),
      ).toBe(1)
      expect(await rows(db.sectors.list({ symbols: many, unknownSymbols: 'ignore' }))).toBe(1)
    })

    it('are looked up in the index by which their column is sorted', async () => {
      if (engine === 'SQLite' || engine === 'DuckDB') return
      const { read } = server.engine
      const asked: Parameters<typeof read>[0][] = []
      server.engine.read = (query, signal) => {
        asked.push(query)
        return read.call(server.engine, query, signal)
      }
      const { snapshot } = server.engine
      server.engine.snapshot = async (...given) => {
        const opened = await snapshot.apply(server.engine, given)
        const { readLast } = opened
        opened.readLast = (query, signal) => {
          asked.push(query)
          return readLast.call(opened, query, signal)
        }
        return opened
      }
      await sql(
        store.address,
        `insert into daily (ts_code, trade_date, close) with recursive n (i) as (select 0 union all select i + 1 from n where i < 999)
        select concat('c', n.i), date_add('2024-02-01', interval m.i day), 1 from n, n m where m.i < 20`,
        'analyze table daily',
      )
      await db.query.selectFrom('daily').select('close').where('ts_code', '=', 'c7').execute()
      await db.query.selectFrom('daily').select('close').where('ts_code', 'in', ['c7', 'c8']).execute()
      await db.query
        .selectFrom('sectors as s')
        .innerJoin('daily as d', 'd.ts_code', 's.ts_code')
        .select('d.close')
        .execute()
      await ask('screen', { date: '2024-02-03', symbols: ['c1', 'c2'], where: {}, fields: ['daily.close'] })
      const keys: unknown[] = []
      for (const query of asked) {
        const plan = await server.engine.explain(query.sql, query.parameters, AbortSignal.timeout(10_000))
        keys.push(...plan.filter((line) => JSON.stringify(line).includes('daily_key')).map(({ key }) => key))
      }
      // The last one has unknown symbols.
      expect(keys).toEqual(Array.from({ length: 5 }, () => 'daily_key'))
    })
  },
)
