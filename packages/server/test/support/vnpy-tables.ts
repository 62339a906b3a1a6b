import { type EngineName, engineOf } from './engines.ts'
import { sql } from './sql.ts'

/** A bar as vnpy keeps it: code and exchange, the time at which it begins, its length, its close. */
export type VnpyBar = readonly [code: string, exchange: string, time: string, interval: string, close: number]

export const vnpyDays = ['2024-01-02', '2024-01-03', '2024-01-04', '2024-01-05', '2024-01-08']

/** Daily bars of two stocks and of an index with the code of one of them, and bars of minutes of the stocks. */
const vnpyBars: readonly VnpyBar[] = [
  ...vnpyDays.flatMap((day, at): VnpyBar[] => [
    ['600519', 'SSE', `${day} 00:00:00`, 'd', 100 + at],
    ...(at === 2 ? [] : ([['000001', 'SZSE', `${day} 00:00:00`, 'd', 10 + at]] as const)),
    ['000001', 'SSE', `${day} 00:00:00`, 'd', 3000 + at],
  ]),
  ...vnpyDays.slice(0, 2).flatMap((day, at) =>
    ['09:30:00', '09:31:00', '09:32:00', '09:33:00', '09:34:00', '13:00:00'].flatMap((time, minute): VnpyBar[] => [
      ['600519', 'SSE', `${day} ${time}`, '1m', 100 + at + minute / 10],
      ['000001', 'SZSE', `${day} ${time}`, '1m', 10 + at + minute / 10],
    ]),
  ),
]

const types: Readonly<Record<EngineName, { id: string; text: string; time: string; number: string }>> = {
  mysql: { id: 'int not null auto_increment primary key', text: 'varchar(255)', time: 'datetime(3)', number: 'double' },
  sqlite: { id: 'integer not null primary key', text: 'varchar(255)', time: 'datetime', number: 'real' },
  duckdb: { id: 'integer not null primary key', text: 'varchar', time: 'timestamp', number: 'double' },
}

const literal = (value: string | number): string => (typeof value === 'number' ? String(value) : `'${value}'`)
const listed = (rows: readonly (readonly (string | number)[])[]): string =>
  rows.map((row) => `(${row.map(literal).join()})`).join()

/** The statements that make vnpy's table of bars. */
function vnpyTable(engine: EngineName, bars: readonly VnpyBar[]): readonly string[] {
  const { id, text, time, number } = types[engine]
  const q = (name: string): string => (engine === 'mysql' ? `\`${name}\`` : `"${name}"`)
  const rows = bars.map(([code, exchange, moment, interval, close], at) => [
    ...[at + 1, code, exchange, moment, interval, 100 + at, 1000, 0, close - 0.5, close + 1, close - 1, close],
  ])
  const numbers = ['volume', 'turnover', 'open_interest', 'open_price', 'high_price', 'low_price', 'close_price']
  return [
    `create table dbbardata (id ${id}, symbol ${text} not null, exchange ${text} not null, ${q('datetime')} ${time} not null,
      ${q('interval')} ${text} not null, ${numbers.map((name) => `${name} ${number} not null`).join()})`,
    `create unique index dbbardata_symbol_exchange_interval_datetime on dbbardata (symbol, exchange, ${q('interval')}, ${q('datetime')})`,
    `insert into dbbardata values ${listed(rows)}`,
  ]
}

/** vnpy's table of bars, beside a calendar and factors that pandas wrote. */
export async function makeVnpyTables(address: string, bars: readonly VnpyBar[] = vnpyBars): Promise<void> {
  const engine = engineOf(address)
  const { number } = types[engine]
  const days = vnpyDays.map((day) => day.replaceAll('-', ''))
  const q = (name: string): string => (engine === 'mysql' ? `\`${name}\`` : `"${name}"`)
  await sql(
    address,
    ...vnpyTable(engine, bars),
    `create table adj_factor (${q('index')} bigint, ts_code text, trade_date text, adj_factor ${number})`,
    `insert into adj_factor values ${listed(
      ['600519.SH', '000001.SZ', '000001.SH'].flatMap((code, n) =>
        days.map((day, at) => [n * 10 + at, code, day, at < 2 || code === '000001.SH' ? 1 : 2]),
      ),
    )}`,
    `create table trade_cal (${q('index')} bigint, exchange text, cal_date text, is_open bigint, pretrade_date text)`,
    `insert into trade_cal values ${listed(
      ['20240101', ...days, '20240106', '20240107']
        .toSorted()
        .map((day, at) => [at, 'SSE', day, days.includes(day) ? 1 : 0, '20231229']),
    )}`,
  )
}
