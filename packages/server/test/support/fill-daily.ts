import { byEngine } from './engines.ts'
import { sql } from './sql.ts'

const BEFORE = 'ts_code, trade_date, open, high, low, close, pre_close'
const BEHIND = 'pct_chg, vol, amount'
/** SQL values of a row, from the numbers of symbol and day, the same for every database. */
const VALUES =
  's.i + d.i / 7e0, s.i + d.i / 3e0, d.i / 9e0, s.i + d.i / 11e0, s.i + d.i / 13e0, d.i / 17e0, d.i / 19e0, s.i * 1e3 + d.i, d.i / 23e0'

/**
 * Fills the table `daily` with SQL in the database, so that hundreds of thousands of rows take seconds:
 * `symbols` codes starting at 000000.SZ, each with `days` days (both up to 1,000) starting at 2000-01-01.
 */
export async function fillDaily(address: string, symbols: number, days: number): Promise<void> {
  const [code, date, change] = byEngine<readonly [string, string, string]>(address, {
    mysql: ["concat(lpad(s.i, 6, '0'), '.SZ')", "date_add('2000-01-01', interval d.i day)", '`change`'],
    duckdb: ["lpad(cast(s.i as varchar), 6, '0') || '.SZ'", "date '2000-01-01' + d.i", '"change"'],
    sqlite: ["printf('%06d.SZ', s.i)", "date('2000-01-01', '+' || d.i || ' days')", '"change"'],
  })
  const statement = `insert into daily (${BEFORE}, ${change}, ${BEHIND})
      with recursive n (i) as (select 0 union all select i + 1 from n where i < 999)
      select ${code}, ${date}, ${VALUES}
      from n s cross join n d where s.i < ${symbols} and d.i < ${days}`
  await sql(address, statement)
}
