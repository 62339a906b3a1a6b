import { createConnection } from 'mysql2/promise'

/** Symbols and days of the bench's `daily`: 2,500,000 rows. */
export const SYMBOLS = 1_000
export const DAYS = 2_500
export const FIRST_DAY = '2015-01-01'

export const symbolAt = (index: number): string => `${String(index + 1).padStart(6, '0')}.SZ`

/** The date `days` calendar days after the first. */
export function dateAt(days: number): string {
  return new Date(Date.parse(FIRST_DAY) + days * 86_400_000).toISOString().slice(0, 10)
}

const DIGITS =
  'select 0 n union all select 1 union all select 2 union all select 3 union all select 4 union all select 5 union all select 6 union all select 7 union all select 8 union all select 9'

const numbers = (digits: number): string =>
  `select ${Array.from({ length: digits }, (_, place) => `d${place}.n * ${10 ** place}`).join(' + ')} as n from ${Array.from({ length: digits }, (_, place) => `(${DIGITS}) d${place}`).join(', ')}`

/**
 * Fills `daily` and `adj_factor`, whose tables are there, with numbers that look like prices; made by the database itself.
 * At most 1,000 symbols and 2,500 days, which are the defaults.
 */
export async function fill(url: string, { symbols = SYMBOLS, days = DAYS } = {}): Promise<void> {
  const connection = await createConnection(url)
  try {
    await connection.query('truncate daily')
    await connection.query(
      `insert into daily (ts_code, trade_date, open, high, low, close, pre_close, \`change\`, pct_chg, vol, amount)
        select concat(lpad(s.n + 1, 6, '0'), '.SZ'), date_add('${FIRST_DAY}', interval d.n day),
          10 + rand(), 11 + rand(), 9 + rand(), 10 + rand(), 10 + rand(), rand() - 0.5, rand() * 10 - 5, rand() * 1e6, rand() * 1e7
        from (${numbers(3)}) s, (${numbers(4)}) d where s.n < ${symbols} and d.n < ${days}`,
    )
    await connection.query('truncate adj_factor')
    await connection.query(
      "insert into adj_factor select ts_code, trade_date, 1 + floor(day(trade_date) / 10) from daily where ts_code <= '000100.SZ'",
    )
    await connection.query('truncate trade_cal')
    await connection.query(
      `insert into trade_cal select 'SSE', date_add('${FIRST_DAY}', interval n day), 1, null from (${numbers(4)}) d where n < ${DAYS}`,
    )
    await connection.query('analyze table daily, adj_factor, trade_cal')
  } finally {
    await connection.end()
  }
}
