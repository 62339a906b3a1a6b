import { createConnection } from 'mysql2/promise'

/** Symbols and days of the bench's `daily`: 2,500,000 rows. */
export const SYMBOLS = 1_000
export const DAYS = 2_500
export const FIRST_DAY = '2015-01-01'
export const INDUSTRIES = 30
/** Quarters with statements. */
const QUARTERS = 27

export const symbolAt = (index: number): string => `${String(index + 1).padStart(6, '0')}.SZ`

/** All symbols from one to another, in order; from the first by default. */
export function symbolsUpTo(last: string, first = symbolAt(0)): string[] {
  const place = Number(first.slice(0, 6)) - 1
  return Array.from({ length: Number(last.slice(0, 6)) - place }, (_, index) => symbolAt(place + index))
}

/** The date `days` calendar days after the first. */
export function dateAt(days: number): string {
  return new Date(Date.parse(FIRST_DAY) + days * 86_400_000).toISOString().slice(0, 10)
}

const DIGITS =
  'select 0 n union all select 1 union all select 2 union all select 3 union all select 4 union all select 5 union all select 6 union all select 7 union all select 8 union all select 9'

const numbers = (digits: number): string =>
  `select ${Array.from({ length: digits }, (_, place) => `d${place}.n * ${10 ** place}`).join(' + ')} as n from ${Array.from({ length: digits }, (_, place) => `(${DIGITS}) d${place}`).join(', ')}`

/**
 * Fills `daily`, `adj_factor`, `trade_cal`, `stock_basic` and `fina_indicator`, whose tables are there, with numbers that look
 * like prices, a factor that rises each year, and a statement each quarter; the database itself makes them.
 * At most 1,000 symbols and 2,500 days, which are the defaults.
 */
export async function fill(url: string, { symbols = SYMBOLS, days = DAYS } = {}): Promise<void> {
  const connection = await createConnection(url)
  const symbol = "concat(lpad(s.n + 1, 6, '0'), '.SZ')"
  const day = (n: string): string => `date_add('${FIRST_DAY}', interval ${n} day)`
  const statements = {
    daily: `select ${symbol}, ${day('d.n')},
        10 + rand(), 11 + rand(), 9 + rand(), 10 + rand(), 10 + rand(), rand() - 0.5, rand() * 10 - 5, rand() * 1e6, rand() * 1e7
      from (${numbers(3)}) s, (${numbers(4)}) d where s.n < ${symbols} and d.n < ${days}`,
    adj_factor: 'select ts_code, trade_date, 1 + 0.02 * (year(trade_date) - 2015) from daily',
    trade_cal: `select 'SSE', ${day('n')}, 1, null from (${numbers(4)}) d where n < ${DAYS}`,
    'stock_basic (ts_code, name, industry, list_status, list_date)': `select ${symbol}, concat('stock ', s.n), concat('industry ', s.n % ${INDUSTRIES}), 'L', '${FIRST_DAY}'
      from (${numbers(3)}) s where s.n < ${symbols}`,
    'fina_indicator (ts_code, ann_date, end_date, update_flag, eps, roe)': `select ${symbol},
        date_add(last_day(date_add('2015-03-01', interval 3 * q.n month)), interval 45 day),
        last_day(date_add('2015-03-01', interval 3 * q.n month)), '0', rand(), rand() * 20
      from (${numbers(3)}) s, (${numbers(2)}) q where s.n < ${symbols} and q.n < ${QUARTERS}`,
  }
  try {
    for (const [table, rows] of Object.entries(statements)) {
      const [name] = table.split(' ')
      await connection.query(`truncate ${name}`)
      await connection.query(`insert into ${table} ${rows}`)
      await connection.query(`analyze table ${name}`)
    }
  } finally {
    await connection.end()
  }
}
