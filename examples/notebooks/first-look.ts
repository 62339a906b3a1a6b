// %% [markdown]
// # A first look at a market
//
// What the server has, one stock in detail, and how the stocks move together. The cells work on any server with Tushare's
// `daily` table; the sample market of `npm start` is synthetic.

// %%
import { connect } from '@stockdb/client'
import { correlation, returns } from '@stockdb/client/series'
import { chart, show } from '@stockdb/notebook'

const db = await connect(process.env.STOCKDB_URL ?? 'http://127.0.0.1:7788', { token: process.env.STOCKDB_TOKEN })
const datasets = await db.meta.datasets()
show(datasets.flatMap(({ name, coverage }) => (coverage?.rows ? [{ dataset: name, ...coverage }] : [])))

// %% [markdown]
// ## One stock
//
// The last half year of the first stock in the list, adjusted to its last price.

// %%
const last = datasets.find(({ name }) => name === 'daily')?.coverage?.lastDate ?? '2024-12-31'
const start = `${Number(last.slice(0, 4)) - 1}${last.slice(4)}`
const { symbols } = (await db.daily.panel({ start, end: last, fields: ['close'] })).panels.close
const bars = await db.daily.range({ symbols: symbols.slice(0, 1), start, end: last, adjust: 'qfq' })
show(bars.tail(120))
show(chart.candles(bars.tail(120), { title: `${symbols[0]}, qfq` }))

// %% [markdown]
// ## All stocks on the last day

// %%
const day = await db.daily.at({ date: last, fields: ['pct_chg', 'amount'] })
show(chart.histogram(day.columns.pct_chg, { title: `Returns on ${last}`, x: '%' }))

// %% [markdown]
// ## A year of prices, from 1

// %%
const { panels } = await db.daily.panel({
  start,
  end: last,
  fields: ['close'],
  symbols: symbols.slice(0, 8),
  adjust: 'hfq',
})
const relative = panels.close.bySymbol((close) => {
  const first = close.find((price) => price > 0) ?? Number.NaN
  return close.map((price) => price / first)
})
show(chart.lines(relative, { title: 'Value of 1 CNY', log: true }))

// %% [markdown]
// ## How they move together
//
// Correlation of daily returns over the year.

// %%
const moves = panels.close.bySymbol((close) => returns(close))
const names = moves.symbols
const matrix = names.map((one) =>
  Float64Array.from(names, (other) => correlation(moves.series(one), moves.series(other))),
)
show(chart.heatmap({ rows: names, columns: names, values: matrix }, { title: 'Correlation of daily returns' }))
