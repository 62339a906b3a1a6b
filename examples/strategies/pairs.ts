// Pairs: when the log prices of two stocks are two deviations apart, bet that they return to their mean.
import { connect } from '@stockdb/client'
import * as series from '@stockdb/client/series'

const db = await connect()
const symbols = ['002003.SYN', '600002.SYN'] as const
const span = { start: '2020-01-01', end: '2024-12-31', fields: ['close'] as const }
const { panels } = await db.daily.panel({ ...span, symbols, adjust: 'hfq', fill: 'previous' })
const [one, two] = [panels.close.series(symbols[0]), panels.close.series(symbols[1])]
const spread = one.map((price, day) => Math.log(price / Number(two[day])))
const [average, deviation] = [series.rollingMean(spread, 60), series.rollingStd(spread, 60)]
let position = 0
const positions = spread.map((value, day) => {
  const z = (value - Number(average[day])) / Number(deviation[day])
  if (Math.abs(z) > 2) position = -Math.sign(z)
  else if (position * z > 0) position = 0 // the spread has crossed its mean
  return position
})
const [before, gainsOne, gainsTwo] = [series.shift(positions), series.returns(one), series.returns(two)]
const gains = gainsOne.map((gain, day) => (Number(before[day]) * (gain - Number(gainsTwo[day]))) / 2)

console.log(`days in the market: ${positions.filter((each) => each !== 0).length}`)
console.log(`return a year: ${(series.annualizedReturn(gains, 242) * 100).toFixed(3)} %`)
console.log(`Sharpe ratio: ${series.sharpeRatio(gains, 242).toFixed(4)}`)
