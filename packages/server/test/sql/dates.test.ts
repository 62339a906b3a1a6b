import type { Tushare } from '@stockdb/contract'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bySqlEngine } from '../support/engines.ts'
import type { Served } from '../support/serve.ts'
import { type Store, sqlMakers } from '../support/stores.ts'
import { serveMarket } from './market.ts'

describe.each(sqlMakers)('dates in db.sql on $engine', ({ open }) => {
  let store: Store
  let served: Served<Tushare>
  /** Whether dates are stored as text, which excludes date arithmetic. */
  let asTexts: boolean
  beforeAll(async () => {
    store = await open()
    asTexts = bySqlEngine(store.address, { mysql: false, sqlite: true })
    served = await serveMarket(store)
  }, 60_000)
  afterAll(async () => {
    await served?.close()
    await store?.drop()
  })

  const rowsOf = async (statement: string, params: (string | number)[] = []): Promise<number> =>
    (await served.db.sql(statement, params)).numRows

  it('are compared in the format of answers', async () => {
    expect(await rowsOf("select * from daily where trade_date = '2024-01-02'")).toBe(2)
    expect(await rowsOf('select * from daily where trade_date between ? and ?', ['2024-01-03', '2024-01-05'])).toBe(6)
    expect(await rowsOf("select * from daily where trade_date in ('2024-01-02', ?) limit ?", ['2024-01-09', 3])).toBe(3)
    expect(
      await rowsOf('with t (d) as (select max(trade_date) from daily) select * from daily, t where trade_date = d'),
    ).toBe(2)
  })

  it.each<[string, string, (string | number)[], number]>([
    ['another format', "select * from daily where trade_date = '20240102'", [], 2],
    ['another format, as a parameter', 'select * from daily where trade_date >= ? limit ?', ['20240108', 9], 4],
    ['a number', 'select * from daily where trade_date = 20240102', [], 2],
    ['a time of day', "select * from daily where trade_date = '2024-01-02 00:00:00'", [], 2],
    ['no leading zeros', "select * from daily where '2024-1-2' = trade_date", [], 2],
    ['a range', "select * from daily d where d.trade_date between '20240103' and '20240105'", [], 6],
    ['a list', "select * from daily where trade_date in ('20240102', '20240103')", [], 4],
    ['a pair', "select * from daily where (ts_code, trade_date) = ('600519.SH', '20240102')", [], 1],
    ['an alias', "select * from (select trade_date as d from daily) as t where d = '20240102'", [], 2],
    ['a common table', "with t (d) as (select trade_date from daily) select * from t where d = '20240102'", [], 2],
    ['a maximum', "select max(trade_date) from daily having max(trade_date) = '20240109'", [], 1],
    ['a table in capitals', "select * from `daily` where `TRADE_DATE` = '20240102'", [], 2],
    ['a case', "select 1 from daily where case trade_date when '20240102' then 1 else 0 end = 1", [], 2],
  ])('compared with %s return the same rows on every engine, or are refused', async (_, statement, params, rows) => {
    if (!asTexts) return expect(await rowsOf(statement, params)).toBe(rows)
    await expect(rowsOf(statement, params)).rejects.toThrow(
      /^sql: the column (?:trade_date|TRADE_DATE|d) is compared with "[^"]+"; expected a date as '2024-01-02' \(request /,
    )
  })

  it('cannot be used in arithmetic where the result would differ', async () => {
    const statement = 'select trade_date + 1 as next from daily limit 1'
    if (!asTexts) return expect(await rowsOf(statement)).toBe(1)
    await expect(rowsOf(statement)).rejects.toThrow(
      'sql: the column trade_date holds dates, which this database stores as texts',
    )
  })
})
