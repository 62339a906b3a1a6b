// A factor of your own: defines it, computes it from a panel, writes it, reads it back, and draws how well it predicts the next
// week, month by month. A second run changes nothing.
//
//   npx tsx examples/factors.ts
import { connect, defineFactor, type Tushare } from '@stockdb/client'
import { informationCoefficient, mean, resample, returns, shift } from '@stockdb/client/series'
import { float64 } from '@stockdb/contract'
import { chart, show } from '@stockdb/notebook'

const reversal = defineFactor({
  name: 'reversal',
  description: 'Return of the last 20 days, with the opposite sign',
  unit: 'ratio',
  fields: { value: float64('The factor') },
})

const url = process.env.STOCKDB_URL ?? 'http://127.0.0.1:7788'
const db = await connect<Tushare & { reversal: typeof reversal }>(url, { token: process.env.STOCKDB_TOKEN })
await db.factors.define(reversal)

const span = { start: '2024-01-01', end: '2024-12-31' }
const { panels } = await db.daily.panel({ ...span, fields: ['close'], adjust: 'hfq', fill: 'previous' })
const factor = panels.close.bySymbol((close) => returns(close, 20).map((gain) => -gain))
const rows = factor.symbols.flatMap((ts_code) =>
  factor.dates
    .map((trade_date) => ({ ts_code, trade_date, value: factor.at(trade_date, ts_code) }))
    .filter(({ value }) => !Number.isNaN(value)),
)
const { inserted, unchanged } = await db.reversal.upsert(rows)
console.log(`${rows.length} rows: ${inserted} new, ${unchanged} there before`)

const kept = await db.reversal.panel({ ...span, fields: ['value'], symbols: factor.symbols })
const nextWeek = panels.close.bySymbol((close) => shift(returns(close, 5), -5))
const daily = informationCoefficient(kept.panels.value, nextWeek)
const monthly = resample({ dates: factor.dates, values: daily }, 'month', 'mean')
monthly.dates.forEach((date, month) => {
  console.log(date.slice(0, 7), (monthly.values[month] as number).toFixed(3))
})
console.log(`mean ${mean(daily).toFixed(3)}`)
show(
  chart.lines({ dates: monthly.dates, series: { IC: monthly.values } }, { title: 'Information coefficient by month' }),
)
