// %% [markdown]
// # A momentum study
//
// At each month's end the stocks are ranked by their return over the six months up to a month ago. The best fifth is held,
// equally weighted, until the next month's end, and compared with holding all of them. There are no costs.

// %%
import { connect } from '@stockdb/client'
import {
  annualizedReturn,
  annualizedVolatility,
  compound,
  drawdown,
  maxDrawdown,
  mean,
  rank,
  resample,
  returns,
  shift,
} from '@stockdb/client/series'
import { chart, show } from '@stockdb/notebook'

const db = await connect(process.env.STOCKDB_URL ?? 'http://127.0.0.1:7788', { token: process.env.STOCKDB_TOKEN })
const coverage = (await db.meta.datasets()).find(({ name }) => name === 'daily')?.coverage
const [start, end] = [coverage?.firstDate ?? '2020-01-01', coverage?.lastDate ?? '2024-12-31']
const { panels } = await db.daily.panel({ start, end, fields: ['close'], adjust: 'hfq', fill: 'previous' })
const monthly = resample(panels.close, 'month')
show(monthly.tail(6))

// %% [markdown]
// ## Ranks, and what the next month brought
//
// `shift(…, 1)` leaves the last month out of the ranking; `shift(…, -1)` moves the return of the next month to the day of the
// decision.

// %%
const momentum = monthly.bySymbol((close) => shift(returns(close, 6), 1))
const next = monthly.bySymbol((close) => shift(returns(close), -1))
const ranks = momentum.byDate((values) => rank(values, { percent: true }))

const months = monthly.dates.filter((date) => ranks.row(date).some((share) => share > 0)).slice(0, -1)
const best = Float64Array.from(months, (date) =>
  mean(next.row(date).filter((_, at) => (ranks.row(date)[at] ?? 0) > 0.8)),
)
const all = Float64Array.from(months, (date) => mean(next.row(date)))
show(
  chart.histogram(
    best.map((gain, at) => gain - (all[at] ?? 0)),
    { title: 'Best fifth less all stocks, by month', bins: 24 },
  ),
)

// %% [markdown]
// ## Value of 1 CNY

// %%
const value = { 'best fifth': compound(best), 'all stocks': compound(all) }
show(chart.lines({ dates: months, series: value }, { title: 'Value of 1 CNY', log: true }))
show(
  chart.lines(
    {
      dates: months,
      series: { 'best fifth': drawdown(value['best fifth']), 'all stocks': drawdown(value['all stocks']) },
    },
    { title: 'Below the last high', height: 160 },
  ),
)

// %%
show(
  Object.entries({ 'best fifth': best, 'all stocks': all }).map(([portfolio, gains]) => ({
    portfolio,
    'return a year, %': 100 * annualizedReturn(gains, 12),
    'volatility, %': 100 * annualizedVolatility(gains, 12),
    'deepest drawdown, %': 100 * maxDrawdown(compound(gains)),
  })),
)
