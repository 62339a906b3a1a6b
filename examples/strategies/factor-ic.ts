// Factor research: how well the return of a month predicts that of the next week, over all stocks of a year.
import { connect } from '@stockdb/client'
import * as series from '@stockdb/client/series'

const db = await connect()
const span = { start: '2024-01-01', end: '2024-12-31', fields: ['close'] as const }
const { panels, dates, symbols } = await db.daily.panel({ ...span, adjust: 'hfq' })
const reversal = panels.close.bySymbol((close) => series.returns(close, 20).map((gain) => -gain))
const factor = reversal.byDate((values) => series.zScore(series.winsorize(values)))
const nextWeek = panels.close.bySymbol((close) => series.shift(series.returns(close, 5), -5))

console.log(`${dates.length} days × ${symbols.length} stocks`)
for (const method of ['spearman', 'pearson'] as const) {
  const ic = series.informationCoefficient(factor, nextWeek, method)
  const monthly = series.resample({ dates, values: ic }, 'month', 'mean').values
  console.log(`${method}: mean ${series.mean(ic).toFixed(5)}, deviation ${series.std(ic).toFixed(5)}`)
  console.log(`positive in ${monthly.filter((value) => value > 0).length} of ${monthly.length} months`)
}
