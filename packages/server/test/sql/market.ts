import { tushare } from '@stockdb/contract'
import type { StartOptions } from '@stockdb/server'
import { byEngine } from '../support/engines.ts'
import { type Served, serve } from '../support/serve.ts'
import { sql } from '../support/sql.ts'
import type { Store } from '../support/stores.ts'
import { writeRows } from '../support/write-rows.ts'

const OWN = (charset: string): readonly string[] => [
  `create table \`行情\` (\`代码\` varchar(20), \`收盘价\` double, \`涨幅\` double, \`名称 (全)\` varchar(50))${charset}`,
  "insert into `行情` values ('600519.SH', 1685.01, -2.53, '贵州茅台'), ('000001.SZ', 9.21, -1.92, '平安银行')",
]

/** Runs statements on a store of any engine. */
export async function runOn({ address }: Store, ...statements: readonly string[]): Promise<void> {
  await sql(address, ...statements)
}

/** Serves a store with a few days of two stocks, and a table without a dataset. */
export async function serveMarket(
  store: Store,
  options: Omit<StartOptions, 'database' | 'catalogue'> & { readonly token?: string } = {},
): Promise<Served<typeof tushare>> {
  const served = await serve(store.address, options)
  const days = ['2024-01-02', '2024-01-03', '2024-01-04', '2024-01-05', '2024-01-08', '2024-01-09']
  const { engine } = served.server
  const each = (row: (code: string, day: string, price: number) => (string | number)[]) =>
    ['600519.SH', '000001.SZ'].flatMap((code, stock) =>
      days.map((day, index) => row(code, day, stock === 0 ? 1685 + index / 4 : 9 + index / 8)),
    )
  await writeRows(
    engine,
    tushare.daily,
    each((code, day, price) => [code, day, price, price + 1, price - 1, price, price, 0.25, 1.5, 1000, 5000.5]),
  )
  await writeRows(
    engine,
    tushare.adj_factor,
    each((code, day) => [code, day, 2.5]),
  )
  await writeRows(
    engine,
    tushare.stock_basic,
    [
      ['600519.SH', '贵州茅台'],
      ['000001.SZ', '平安银行'],
    ],
    ['ts_code', 'name'],
  )
  await runOn(store, ...OWN(byEngine(store.address, { mysql: ' default charset utf8mb4', sqlite: '', duckdb: '' })))
  return served
}
