import { bool, date, defineCatalogue, defineDataset, float64, symbol, text } from '@stockdb/contract'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { askJson } from '../../support/ask-json.ts'
import { type Served, serve } from '../../support/serve.ts'
import { sql } from '../../support/sql.ts'
import { everyEngine, type Store } from '../../support/stores.ts'
import { watchReads } from '../../support/watch-reads.ts'

const stocks = ['000001.SZ', '000002.SZ', '600519.SH']
const days = ['2023-12-28', '2023-12-29', '2024-01-02', '2024-01-03']

/** Code, period, first announcement, announcement of the correction, earnings. */
const reports = [
  ['000001.SZ', '2022-12-31', '2023-03-01', '2023-03-01', 1],
  ['000001.SZ', '2023-09-30', '2023-10-20', '2023-10-20', 2],
  // A correction of the year before, after the report of the year.
  ['000001.SZ', '2022-12-31', '2023-03-01', '2024-01-02', 1.5],
  ['000002.SZ', '2022-12-31', '2023-04-01', '2023-04-01', 3],
  ['600519.SH', '2023-09-30', '2023-10-10', '2023-10-10', 5],
  ['600519.SH', '2023-12-31', '2024-01-02', '2024-01-02', 6],
] as const
const ratios = stocks.flatMap((code, at) =>
  days.filter((_, n) => at !== 1 || n !== 3).map((day) => [code, day, 10 * (at + 1) + days.indexOf(day)] as const),
)
/** Members of an index, by day of publication. */
const weights = [
  ['2023-12-28', '000001.SZ', 40],
  ['2023-12-28', '000002.SZ', 60],
  ['2024-01-02', '000001.SZ', 30],
  ['2024-01-02', '600519.SH', 70],
] as const

const values = (rows: readonly (readonly (string | number)[])[]): string =>
  rows.map((row) => `(${row.map((value) => (typeof value === 'number' ? value : `'${value}'`)).join()})`).join()

const income =
  'ts_code varchar(16) not null, end_date date not null, ann_date date, f_ann_date date, eps double precision'
const daily =
  'ts_code varchar(16) not null, trade_date date not null, pe double precision, primary key (ts_code, trade_date)'
const members =
  'index_code varchar(16) not null, trade_date date not null, con_code varchar(16) not null, weight double precision, primary key (index_code, con_code, trade_date)'
const tableOf = (code: string): string => code.replace('.', '_')

const statements: readonly string[] = [
  `create table income_all (${income})`,
  `insert into income_all values ${values(reports)}`,
  ...['2022', '2023'].flatMap((year) => [
    `create table income_${year} (${income})`,
    `insert into income_${year} values ${values(reports.filter(([, period]) => period.startsWith(year)))}`,
  ]),
  ...stocks.flatMap((code) => [
    `create table report_${tableOf(code)} (${income})`,
    `insert into report_${tableOf(code)} values ${values(reports.filter(([one]) => one === code))}`,
    `create table basic_${tableOf(code)} (trade_date date not null primary key, pe double precision)`,
    `insert into basic_${tableOf(code)} values ${values(ratios.filter(([one]) => one === code).map(([, day, pe]) => [day, pe]))}`,
  ]),
  `create table basic_all (${daily})`,
  `insert into basic_all values ${values(ratios)}`,
  `create table weight_all (${members})`,
  `insert into weight_all values ${values(weights.map(([day, code, weight]) => ['IDX', day, code, weight]))}`,
  ...['2023', '2024'].flatMap((year) => [
    `create table daily_basic_${year} (${daily})`,
    `insert into daily_basic_${year} values ${values(ratios.filter(([, day]) => day.startsWith(year)))}`,
    `create table weight_${year} (${members})`,
    `insert into weight_${year} values ${values(weights.filter(([day]) => day.startsWith(year)).map(([day, code, weight]) => ['IDX', day, code, weight]))}`,
  ]),
  'create table trade_cal (exchange varchar(8) not null, cal_date date not null, is_open boolean, pretrade_date date, primary key (exchange, cal_date))',
  `insert into trade_cal (exchange, cal_date, is_open) values ${[...days, '2024-01-01'].map((day) => `('SSE', '${day}', ${day !== '2024-01-01'})`).join()}`,
]

const code = symbol.required('Code')
const ofReports = {
  fields: {
    ...{ ts_code: code, end_date: date.required('Period'), ann_date: date('Announced'), f_ann_date: date('Corrected') },
    eps: float64('Earnings'),
  },
  ...{ managed: false, description: 'Reports', symbol: 'ts_code', date: 'end_date', latest: 'scan' as const },
  key: ['ts_code', 'end_date', 'f_ann_date'],
  pointInTime: { kind: 'announced', period: 'end_date', announced: 'ann_date', actual: 'f_ann_date' },
} as const
const ofRatios = {
  fields: { ts_code: code, trade_date: date.required('Day'), pe: float64('Ratio') },
  ...{ managed: false, description: 'Ratios', symbol: 'ts_code', date: 'trade_date', calendar: 'SSE' },
  key: ['ts_code', 'trade_date'],
} as const
const ofWeights = {
  fields: {
    ...{ index_code: code, trade_date: date.required('Day'), con_code: symbol.required('Member') },
    weight: float64('Weight'),
  },
  ...{ managed: false, description: 'Members', symbol: 'index_code', date: 'trade_date' },
  key: ['index_code', 'con_code', 'trade_date'],
  pointInTime: { kind: 'published' },
} as const

const catalogue = defineCatalogue(
  {
    income_all: defineDataset({ ...ofReports, name: 'income_all' }),
    income: defineDataset({ ...ofReports, name: 'income', tables: { pattern: 'income_{year}' } }),
    report: defineDataset({ ...ofReports, name: 'report', tables: { pattern: 'report_{symbol}' } }),
    basic_all: defineDataset({ ...ofRatios, name: 'basic_all' }),
    daily_basic: defineDataset({ ...ofRatios, name: 'daily_basic', tables: { pattern: 'daily_basic_{year}' } }),
    basic: defineDataset({ ...ofRatios, name: 'basic', tables: { pattern: 'basic_{symbol}' } }),
    weight_all: defineDataset({ ...ofWeights, name: 'weight_all' }),
    weight: defineDataset({ ...ofWeights, name: 'weight', tables: { pattern: 'weight_{year}' } }),
    trade_cal: defineDataset({
      ...{ managed: false, name: 'trade_cal', description: 'Trading days', key: ['exchange', 'cal_date'] },
      fields: {
        ...{ exchange: text.required('Exchange'), cal_date: date.required('Day'), is_open: bool('Whether it is open') },
        pretrade_date: date('Day before'),
      },
    }),
  },
  { constituents: { dataset: 'weight', member: 'con_code' } },
)

describe.each(everyEngine)('what was known on a date, over several tables on $engine', ({ open }) => {
  let store: Store
  let served: Served<typeof catalogue>

  beforeAll(async () => {
    store = await open()
    await sql(store.address, ...statements)
    served = await serve(store.address, { catalogue, tables: false })
  })

  afterAll(async () => {
    await served?.close()
    await store?.drop()
  })

  /** The names of the tables that statements read meanwhile. */
  async function tablesOf(call: () => Promise<unknown>): Promise<readonly string[]> {
    const read = new Set<string>()
    const stop = watchReads(served.server.engine, ({ sql: words }) => {
      // Searches of what names say go on meanwhile.
      if (words.startsWith('select min(')) return
      for (const [name] of words.matchAll(/\b(?:income|report|daily_basic|basic|weight)_(?:\d{4}|\d{6}_\w\w|all)\b/g))
        read.add(name)
    })
    try {
      await call()
    } finally {
      stop()
    }
    return [...read].toSorted()
  }

  const asOf = async (dataset: string, input: object) =>
    (await askJson(served.server.url, `${dataset}.asOf`, { ...input, fields: ['eps'] })).items.map((row) => row.join())

  it.each([
    ['2023-10-15', 1, ['000001.SZ,2022-12-31,1', '000002.SZ,2022-12-31,3', '600519.SH,2023-09-30,5']],
    ['2024-01-02', 1, ['000001.SZ,2023-09-30,2', '000002.SZ,2022-12-31,3', '600519.SH,2023-09-30,5']],
    [
      '2024-01-03',
      2,
      [
        ...['000001.SZ,2023-09-30,2', '000001.SZ,2022-12-31,1.5', '000002.SZ,2022-12-31,3'],
        ...['600519.SH,2023-12-31,6', '600519.SH,2023-09-30,5'],
      ],
    ],
  ])('is the reports of %s, %i of each stock', async (day, periods, expected) => {
    for (const dataset of ['income_all', 'income', 'report'])
      expect({ dataset, rows: await asOf(dataset, { date: day, periods }) }).toEqual({ dataset, rows: expected })
    const one = expected.filter((row) => row.startsWith('600519.SH'))
    for (const dataset of ['income_all', 'income', 'report'])
      expect(await asOf(dataset, { date: day, periods, symbols: ['600519.SH'] })).toEqual(one)
  })

  it('is read from the tables of the stocks asked for', async () => {
    const call = () => asOf('report', { date: '2024-01-03', symbols: ['600519.SH'] })
    expect(await tablesOf(call)).toEqual(['report_600519_SH'])
  })

  it('is the members of an index, from the tables until the day', async () => {
    const ask = async (dataset: string, day: string) =>
      (
        await askJson(served.server.url, `${dataset}.asOf`, {
          date: day,
          symbols: ['IDX'],
          fields: ['con_code', 'weight'],
        })
      ).items
    for (const dataset of ['weight_all', 'weight']) {
      expect((await ask(dataset, '2023-12-30')).map((row) => row.at(-1))).toEqual([40, 60])
      expect((await ask(dataset, '2024-01-03')).map((row) => row.at(-1))).toEqual([30, 70])
      expect(await ask(dataset, '2023-12-01')).toEqual([])
    }
    expect(await tablesOf(() => ask('weight', '2023-12-29'))).toEqual(['weight_2023'])
  })

  it('is screened like one table, and only the tables of the date are read', async () => {
    const { db } = served
    const screen = async (
      reportsOf: 'income_all' | 'income' | 'report',
      ratiosOf: 'basic_all' | 'daily_basic' | 'basic',
      day: string,
      lookback: boolean,
    ) => {
      const frame = await db.screen({
        ...{ date: day, symbols: stocks, lookback },
        where: { [`${reportsOf}.eps`]: { gt: 1 }, [`${ratiosOf}.pe`]: { lt: 35 } } as never,
        fields: [`${reportsOf}.eps`, `${ratiosOf}.pe`] as never,
      })
      return [...frame.rows()].map((row) => Object.values(row as Record<string, unknown>).join())
    }
    for (const [reportsOf, ratiosOf] of [
      ['income_all', 'basic_all'],
      ['income', 'daily_basic'],
      ['report', 'basic'],
      ['income', 'basic'],
    ] as const) {
      expect(await screen(reportsOf, ratiosOf, '2024-01-03', false)).toEqual(['000001.SZ,2,13', '600519.SH,6,33'])
      expect(await screen(reportsOf, ratiosOf, '2024-01-03', true)).toEqual([
        ...['000001.SZ,2,13', '000002.SZ,3,22', '600519.SH,6,33'],
      ])
      expect(await screen(reportsOf, ratiosOf, '2023-12-29', false)).toEqual([
        ...['000001.SZ,2,11', '000002.SZ,3,21', '600519.SH,5,31'],
      ])
    }
    // Whether a code is known is a question to every year.
    const one = async (lookback: boolean) =>
      tablesOf(() =>
        db.screen({
          ...{ date: '2023-12-29', symbols: stocks, lookback, unknownSymbols: 'ignore' },
          where: { 'daily_basic.pe': { gt: 0 } } as never,
        }),
      )
    expect(await one(false)).toEqual(['daily_basic_2023'])
    expect(await one(true)).toEqual(['daily_basic_2023'])
    const ofOne = () =>
      db.screen({ date: '2024-01-03', symbols: ['600519.SH'], where: { 'basic.pe': { gt: 0 } } as never })
    expect(await tablesOf(ofOne)).toEqual(['basic_600519_SH'])
    const none = await db.screen({
      date: '2022-06-01',
      symbols: stocks,
      where: { 'daily_basic.pe': { gt: 0 } } as never,
    })
    expect(none.numRows).toBe(0)
  })

  it('is screened among the members of an index', async () => {
    const found = await served.db.screen({
      date: '2024-01-03',
      index: 'IDX',
      where: { 'daily_basic.pe': { gt: 0 } } as never,
    })
    expect([...found.rows()].map(({ ts_code }) => ts_code)).toEqual(['000001.SZ', '600519.SH'])
    const before = await served.db.screen({
      date: '2023-12-29',
      index: 'IDX',
      where: { 'basic.pe': { gt: 0 } } as never,
    })
    expect([...before.rows()].map(({ ts_code }) => ts_code)).toEqual(['000001.SZ', '000002.SZ'])
  })
})
