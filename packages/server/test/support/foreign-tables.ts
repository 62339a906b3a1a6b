import { type EngineName, engineOf } from './engines.ts'
import { sql } from './sql.ts'

/** A daily bar, to be stored in tables of various layouts. */
export interface ForeignBar {
  readonly code: string
  /** `YYYY-MM-DD`. */
  readonly date: string
  readonly open: number
  readonly close: number
  readonly vol: number
}

/** SQL literals of numbers, codes and dates, which contain no quotes. */
const literal = (value: string | number): string => (typeof value === 'number' ? String(value) : `'${value}'`)
const compact = (date: string): string => date.replaceAll('-', '')

/** vn.py's word for the exchange of a code, whatever it is. */
const exchangeOf = (code: string): string => VNPY.get(code.slice(7)) ?? code.slice(7)
const VNPY = new Map([
  ['SH', 'SSE'],
  ['SZ', 'SZSE'],
  ['BJ', 'BSE'],
])

/** Statements that create a database like several common tools do, with the bars in each table. */
function statements(engine: EngineName, bars: readonly ForeignBar[]): string[] {
  const q = (name: string): string => (engine === 'mysql' ? `\`${name}\`` : `"${name}"`)
  const mysql = (text: string): string => (engine === 'mysql' ? text : '')
  const insert = (table: string, row: (bar: ForeignBar, index: number) => (string | number)[]): string[] => {
    const rows = bars.map((bar, index) => `(${row(bar, index).map(literal).join(', ')})`)
    return Array.from(
      { length: Math.ceil(rows.length / 1_000) },
      (_, part) => `insert into ${q(table)} values ${rows.slice(part * 1_000, (part + 1) * 1_000).join(', ')}`,
    )
  }
  return [
    // pandas' DataFrame.to_sql: the frame's index, text for object columns, no key.
    `create table pandas_daily (${q('index')} bigint, ts_code text, trade_date text, open double, close double, vol bigint)`,
    `create index ix_pandas_daily_index on pandas_daily (${q('index')})`,
    ...insert('pandas_daily', ({ code, date, open, close, vol }, index) => [
      index,
      code,
      compact(date),
      open,
      close,
      vol,
    ]),
    // vn.py's database: an id, a unique index over the natural key, FLOAT prices.
    `create table dbbardata (
      id integer not null primary key, symbol varchar(255) not null, exchange varchar(255) not null,
      datetime datetime not null, ${q('interval')} varchar(255) not null, volume float not null,
      open_price float not null, close_price float not null)`,
    `create unique index dbbardata_key on dbbardata (symbol, exchange, ${q('interval')}, datetime)`,
    ...insert('dbbardata', ({ code, date, open, close, vol }, index) => [
      ...[index + 1, code.slice(0, 6), exchangeOf(code), `${date} 00:00:00`, 'd', vol, open, close],
    ]),
    // A custom script: Chinese names, text dates, no key, a column for the time of writing.
    `create table ${q('日线行情')} (
      ${q('股票代码')} varchar(12)${mysql(" comment '证券的代码'")}, ${q('日期')} varchar(10), ${q('收盘价')} decimal(20,4),
      ${q('成交量(手)')} bigint${mysql(' unsigned')}, create_time timestamp default current_timestamp
    )${mysql(" default charset gbk comment '每天的行情'")}`,
    ...insert('日线行情', ({ code, date, close, vol }) => [code, date, close, vol, '2024-05-06 07:08:09']),
    // A name that must be quoted, dates as integers.
    `create table ${q('Daily bars.2024-a')} (${q('stock code')} char(12) not null, ${q('trade date')} int not null, close float,
      primary key (${q('stock code')}, ${q('trade date')}))`,
    ...insert('Daily bars.2024-a', ({ code, date, close }) => [code, Number(compact(date)), close]),
    `create view close_only as select ts_code, trade_date, close from pandas_daily`,
  ]
}

/** Creates the tables in an empty database. */
export async function makeForeignTables(address: string, bars: readonly ForeignBar[]): Promise<void> {
  await sql(address, ...statements(engineOf(address), bars))
}

/** Column names of each table. */
export const foreignTables = [
  { dataset: 'pandas_daily', close: 'close', vol: 'vol' },
  { dataset: 'dbbardata', close: 'close_price', vol: 'volume' },
  { dataset: '日线行情', close: '收盘价', vol: '成交量_手_' },
  { dataset: 'daily_bars_2024_a', close: 'close', vol: undefined },
  { dataset: 'close_only', close: 'close', vol: undefined },
] as const
