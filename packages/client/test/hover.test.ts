import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { LanguageService } from './support/language-service.ts'

const examples = fileURLToPath(new URL('../../../examples', import.meta.url))
const script = `import { connect, defineCatalogue, defineDataset, tushare } from '@stockdb/client'
const db = await connect('http://127.0.0.1:7788')
const bars = await db.daily.range({ symbols: ['600519.SH'], start: '2024-01-02', adjust: 'qfq', fields: ['close', 'vol'] })
bars.columns.close
bars.rows()[0]?.vol
const rows = bars.rows()
const statements = await db.income.range()
statements.columns.n_income_attr_p
for await (const batch of db.stk_mins.stream()) batch.columns.amount
tushare.moneyflow.fields.buy_lg_amount
const mine = defineCatalogue({ ...tushare })
const other = await connect<typeof mine>('http://127.0.0.1:7788')
const latest = await other.daily_basic.latest()
latest.columns.total_mv
const days = await db.trade_cal.range({ symbols: ['SSE'], fields: ['is_open'] })
const open = days.columns.is_open
const means = await db.sql<{ mean: number; name: string }>('select 1')
`

describe('an editor', () => {
  const service = new LanguageService()
  afterAll(() => service[Symbol.asyncDispose]())

  it.each([
    ['columns.close', 'Float64Array', 'Closing price · CNY'],
    ['rows()[0]?.vol', 'number', 'Volume traded · lots of 100 shares'],
    [
      'statements.columns.n_income_attr_p',
      'Float64Array',
      'Net profit of the shareholders of the parent company · CNY',
    ],
    ['batch.columns.amount', 'Float64Array', 'Value traded · CNY'],
    ['fields.buy_lg_amount', 'float64', 'Bought by large orders, value · 10,000 CNY'],
    ['latest.columns.total_mv', 'Float64Array', 'Market value of all shares · 10,000 CNY'],
  ])('shows for %s its type, description and unit', { timeout: 60_000 }, async (word, type, text) => {
    const { displayString, documentation } = await service.hover(join(examples, 'hovered.ts'), script, word)
    expect(displayString).toContain(type)
    expect(documentation).toBe(text)
  })

  it.each([
    ['const bars', 'Frame<{ ts_code: string; trade_date: string; close: number; vol: number; }>'],
    ['const days', 'Frame<{ exchange: string; cal_date: string; is_open: Int32; }>'],
    ['const rows', '{ ts_code: string; trade_date: string; close: number; vol: number; }[]'],
    ['const open', 'Int32Array<ArrayBufferLike>'],
    ['const means', 'Frame<{ name: string; mean: number; }>'],
  ])('shows for %s what its columns have, not the catalogue', { timeout: 60_000 }, async (word, type) => {
    const { displayString } = await service.hover(join(examples, 'hovered.ts'), script, word)
    expect(displayString.replaceAll(/\s+/g, ' ')).toBe(`${word}: ${type}`)
  })

  it.each([
    [
      'db.daily',
      'Daily bars of stocks, unadjusted; no row while a stock is suspended · one row per ts_code, trade_date',
    ],
    [
      'db.income',
      'Income statements, cumulative from the beginning of the year, depending on report_type · one row per ts_code, end_date, report_type, ann_date, f_ann_date, update_flag',
    ],
    [
      'range',
      'Reads the rows between two dates, both inclusive, ordered by symbol and date.\n\nWithout `symbols`, `start` or `end` the range is open on that side. Nulls of float64 columns are NaN.',
    ],
    ['symbols', 'The codes to read, at most 10,000; all by default, none for an empty list.'],
    ['start', 'The first date, inclusive, as `YYYY-MM-DD` or `YYYYMMDD`; the range is open by default.'],
    ['adjust', 'How to adjust prices: `none`, `qfq` (÷ the factor at the anchor) or `hfq` (× the factor).'],
  ])('explains %s', { timeout: 60_000 }, async (word, text) => {
    const { documentation } = await service.hover(join(examples, 'hovered.ts'), script, word)
    expect(documentation).toBe(text)
  })
})
