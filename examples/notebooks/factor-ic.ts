// %% [markdown]
// # A factor and its information coefficient
//
// Does a low turnover predict a higher return? The information coefficient is the rank correlation over all stocks between the
// factor on a day and the return until a month later.

// %%
import { connect } from '@stockdb/client'
import {
  align,
  correlation,
  informationCoefficient,
  mean,
  resample,
  returns,
  rollingMean,
  shift,
  std,
  winsorize,
  zScore,
} from '@stockdb/client/series'
import { chart, show } from '@stockdb/notebook'

const db = await connect(process.env.STOCKDB_URL ?? 'http://127.0.0.1:7788', { token: process.env.STOCKDB_TOKEN })
const coverage = (await db.meta.datasets()).find(({ name }) => name === 'daily_basic')?.coverage
const range = { start: coverage?.firstDate ?? '2020-01-01', end: coverage?.lastDate ?? '2024-12-31' }
const [prices, basics] = await Promise.all([
  db.daily.panel({ ...range, fields: ['close'], adjust: 'hfq', fill: 'previous' }),
  db.daily_basic.panel({ ...range, fields: ['turnover_rate', 'total_mv', 'pe_ttm'] }),
])

// %% [markdown]
// ## Factors at each month's end
//
// Outliers are pulled in to the 2.5 % and 97.5 % quantiles of the day, and the factors standardised over the stocks of the day.

// %%
const standard = (values: Float64Array) => zScore(winsorize(values, { lower: 0.025, upper: 0.975 }))
const turnover = basics.panels.turnover_rate.bySymbol((rate) => rollingMean(rate, 20, { minPeriods: 10 }))
const factors = {
  'low turnover': resample(turnover, 'month')
    .map((rate) => -rate)
    .byDate(standard),
  'small size': resample(basics.panels.total_mv, 'month')
    .map((size) => -Math.log(size))
    .byDate(standard),
  'low P/E': resample(basics.panels.pe_ttm, 'month')
    .map((pe) => (pe > 0 ? 1 / pe : Number.NaN))
    .byDate(standard),
}
const forward = resample(prices.panels.close, 'month').bySymbol((close) => shift(returns(close), -1))

// %% [markdown]
// ## Information coefficient by month

// %%
const coefficients = Object.entries(factors).map(([name, factor]) => {
  const [scores, gains] = align(factor, forward)
  return { name, dates: scores.dates, ic: informationCoefficient(scores, gains, 'spearman') }
})
show(
  coefficients.map(({ name, ic }) => ({
    factor: name,
    'mean IC': mean(ic),
    'std of IC': std(ic),
    'IC / std': mean(ic) / std(ic),
    months: ic.filter((value) => !Number.isNaN(value)).length,
  })),
)
const dates = coefficients[0]?.dates ?? []
show(
  chart.lines(
    {
      dates,
      series: Object.fromEntries(coefficients.map(({ name, ic }) => [name, rollingMean(ic, 12, { minPeriods: 6 })])),
    },
    { title: 'Information coefficient, mean of 12 months' },
  ),
)

// %% [markdown]
// ## Do the factors say the same?

// %%
const names = Object.keys(factors)
const flat = Object.values(factors).map((factor) => Float64Array.from(factor.values.flatMap((row) => [...row])))
show(
  chart.heatmap(
    {
      rows: names,
      columns: names,
      values: flat.map((one) => flat.map((other) => correlation(one, other, 'spearman'))),
    },
    { title: 'Rank correlation of the factors' },
  ),
)
