import { byEngine } from './engines.ts'
import { sql } from './sql.ts'

/**
 * Tables as made by pandas' `to_sql`: text, no key, no index. `market_daily` and `market_factors` have a row per symbol
 * and day, `symbols` × `days`; factors rise by 1 % every 50 days.
 */
export async function makePandasMarket(address: string, symbols: number, days: number): Promise<void> {
  const { code, day, step, change } = byEngine(address, {
    mysql: {
      code: "concat(lpad(s.i, 6, '0'), '.SZ')",
      day: "date_format(date_add('2022-01-01', interval d.i day), '%Y%m%d')",
      step: '(d.i div 50)',
      change: '`change`',
    },
    duckdb: {
      code: "lpad(cast(s.i as varchar), 6, '0') || '.SZ'",
      day: "strftime(date '2022-01-01' + d.i, '%Y%m%d')",
      step: '(d.i // 50)',
      change: '"change"',
    },
    sqlite: {
      code: "printf('%06d.SZ', s.i)",
      day: "strftime('%Y%m%d', '2022-01-01', '+' || d.i || ' days')",
      step: '(d.i / 50)',
      change: '"change"',
    },
  })
  const numbers = 'with recursive n (i) as (select 0 union all select i + 1 from n where i < 999)'
  const from = `from n d cross join n s where s.i < ${symbols} and d.i < ${days}`
  const statements = [
    `create table market_daily (ts_code text, trade_date text, open double, high double, low double, close double, pre_close double, ${change} double, pct_chg double, vol double, amount double)`,
    'create table market_factors (ts_code text, trade_date text, adj_factor double)',
    `insert into market_daily ${numbers} select ${code}, ${day}, 10 + s.i / 7e0, 12 + s.i / 7e0, 9 + s.i / 7e0, 11 + s.i / 7e0 + d.i / 100e0, 11 + s.i / 7e0 + (d.i - 1) / 100e0, 0.01, 0.1, d.i, d.i ${from}`,
    `insert into market_factors ${numbers} select ${code}, ${day}, 1 + ${step} * 0.01e0 ${from}`,
  ]
  await sql(address, ...statements)
}
