// Monthly momentum: hold the ten stocks with the best return over six months that ended a month ago.
import { connect } from '@stockdb/client'
import * as series from '@stockdb/client/series'

const db = await connect()
const { panels } = await db.daily.panel({ start: '2020-01-01', end: '2024-12-31', fields: ['close'], adjust: 'hfq' })
const monthly = series.resample(panels.close, 'month')
const momentum = monthly.bySymbol((close) => series.shift(series.returns(close, 6), 1))
const places = momentum.byDate((values) => series.rank(values, { descending: true, ties: 'first' }))
const nextMonth = monthly.bySymbol((close) => series.shift(series.returns(close), -1))
const held = nextMonth.zip(places, (gain, place) => (place <= 10 ? gain : Number.NaN))
const gains = held.values.map(series.mean)

const percent = (value: number): string => `${(value * 100).toFixed(3)} %`
console.log(`return a year: ${percent(series.annualizedReturn(gains, 12))}`)
console.log(`volatility: ${percent(series.annualizedVolatility(gains, 12))}`)
console.log(`deepest drawdown: ${percent(series.maxDrawdown([1, ...series.compound(gains)]))}`)
