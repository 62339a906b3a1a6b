import { bool, date, defineCatalogue, defineDataset, float64, symbol, text } from '@stockdb/contract'
import type { EngineName } from './engines.ts'

/** Trading days around a turn of the year. */
const days = ['2023-12-28', '2023-12-29', '2024-01-02', '2024-01-03', '2024-01-04']
export const stocks = ['000001.SZ', '000002.SZ', '600519.SH', '830799.BJ']

/** Of each stock and day but one. */
const bars = stocks.flatMap((code, at) =>
  days
    .filter((_, n) => at !== 1 || n !== 3)
    .map((day) => ({ code, day, close: 10 * (at + 1) + days.indexOf(day), vol: 100 * at + days.indexOf(day) })),
)

const values = (rows: readonly (readonly (string | number)[])[]): string =>
  rows.map((row) => `(${row.map((value) => (typeof value === 'number' ? value : `'${value}'`)).join()})`).join()

const tableOfStock = (code: string): string => code.replace('.', '_')

/** The same bars in one table, in one per stock, in one per year, and their closes in a wide one. */
const statements: readonly string[] = [
  'create table one (ts_code varchar(16) not null, trade_date date not null, close double precision, vol double precision, primary key (ts_code, trade_date))',
  `insert into one values ${values(bars.map(({ code, day, close, vol }) => [code, day, close, vol]))}`,
  ...stocks.flatMap((code) => [
    `create table bars_${tableOfStock(code)} (trade_date date not null primary key, vol double precision, close double precision)`,
    `insert into bars_${tableOfStock(code)} values ${values(bars.filter((bar) => bar.code === code).map(({ day, close, vol }) => [day, vol, close]))}`,
  ]),
  // Named like the others, but for no stock.
  'create table bars_notes (trade_date date not null primary key, note varchar(10))',
  ...['2023', '2024'].flatMap((year) => [
    `create table daily_${year} (ts_code varchar(16) not null, trade_date date not null, close double precision, vol double precision, primary key (ts_code, trade_date))`,
    `insert into daily_${year} values ${values(bars.filter(({ day }) => day.startsWith(year)).map(({ code, day, close, vol }) => [code, day, close, vol]))}`,
  ]),
  `create table close_wide (trade_date date not null primary key, ${stocks.map((code) => `\`${code}\` double precision`).join()})`,
  `insert into close_wide values ${days
    .map(
      (day) =>
        `('${day}', ${stocks.map((code) => bars.find((bar) => bar.code === code && bar.day === day)?.close ?? 'null').join()})`,
    )
    .join()}`,
  'create table adj_factor (ts_code varchar(16) not null, trade_date date not null, adj_factor double precision, primary key (ts_code, trade_date))',
  `insert into adj_factor values ${values(stocks.flatMap((code) => days.map((day, n) => [code, day, n < 2 ? 1 : 2])))}`,
  'create table trade_cal (exchange varchar(8) not null, cal_date date not null, is_open tinyint(1), pretrade_date date, primary key (exchange, cal_date))',
  `insert into trade_cal (exchange, cal_date, is_open) values ${values(
    [
      '2023-12-28',
      '2023-12-29',
      '2023-12-30',
      '2023-12-31',
      '2024-01-01',
      '2024-01-02',
      '2024-01-03',
      '2024-01-04',
    ].map((day) => ['SSE', day, days.includes(day) ? 1 : 0]),
  )}`,
]

/** The statements that make all these tables. */
export const manyTables = (engine: EngineName): readonly string[] =>
  engine === 'mysql'
    ? statements
    : statements.map((words) => words.replaceAll('`', '"').replace('tinyint(1)', 'boolean'))

const fields = { ts_code: symbol.required('Code'), trade_date: date.required('Day'), close: float64('Close') }
const roles = { managed: false, symbol: 'ts_code', date: 'trade_date', calendar: 'SSE' } as const
const key = ['ts_code', 'trade_date'] as const
const adjustment = { dataset: 'adj_factor', factor: 'adj_factor', prices: ['close'] } as const
const week = { first: [], max: [], min: [], last: ['close'], sum: [] } as const

export const manyCatalogue = defineCatalogue({
  one: defineDataset({
    ...{ ...roles, name: 'one', description: 'Bars in one table', key, adjustment, bars: week },
    fields: { ...fields, vol: float64('Volume') },
  }),
  per_stock: defineDataset({
    ...{ ...roles, name: 'per_stock', description: 'Bars in one table per stock', key, adjustment, bars: week },
    tables: { pattern: 'bars_{symbol}' },
    fields: { ...fields, vol: float64('Volume') },
  }),
  per_year: defineDataset({
    ...{ ...roles, name: 'per_year', description: 'Bars in one table per year', key, adjustment, bars: week },
    tables: { pattern: 'daily_{year}' },
    fields: { ...fields, vol: float64('Volume') },
  }),
  wide: defineDataset({
    ...{ ...roles, name: 'wide', description: 'Closes in one column per stock', key, adjustment, bars: week },
    ...{ table: 'close_wide', wide: { pattern: '{symbol}', field: 'close' } },
    fields,
  }),
  adj_factor: defineDataset({
    ...{ managed: false, name: 'adj_factor', description: 'Factors', key, symbol: 'ts_code', date: 'trade_date' },
    fields: { ts_code: fields.ts_code, trade_date: fields.trade_date, adj_factor: float64('Factor') },
  }),
  trade_cal: defineDataset({
    ...{ managed: false, name: 'trade_cal', description: 'Trading days', key: ['exchange', 'cal_date'] },
    fields: {
      ...{ exchange: text.required('Exchange'), cal_date: date.required('Day'), is_open: bool('Whether it is open') },
      pretrade_date: date('Day before'),
    },
  }),
})
