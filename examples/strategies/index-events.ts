// Event study: what stocks returned beyond their index around the days on which they joined it.
import { connect } from '@stockdb/client'
import * as series from '@stockdb/client/series'

const db = await connect()
const [index, span] = ['000300.SYN', { start: '2020-01-01', end: '2024-12-31', fields: ['close'] as const }]
const weights = await db.index_weight.range({ symbols: [index], fields: ['con_code'] })
const published = [...Map.groupBy(weights, ({ trade_date }) => trade_date)]
const joined = published.slice(1).flatMap(([date, rows], at) => {
  const before = new Set(published[at]?.[1].map(({ con_code }) => con_code))
  return rows.filter(({ con_code }) => !before.has(con_code)).map(({ con_code }) => [date, con_code] as const)
})
const { panels, dates, symbols } = await db.daily.panel({ ...span, adjust: 'hfq' })
const level = (await db.index_daily.panel({ ...span, symbols: [index] })).panels.close
const market = series.returns(level.series(index))
const excess = panels.close.bySymbol((close) => series.returns(close).map((gain, day) => gain - Number(market[day])))
const excessOf = (symbol: string, date: string, offset: number): number =>
  excess.values[dates.findLastIndex((day) => day <= date) + offset]?.[symbols.indexOf(symbol)] ?? Number.NaN
const offsets = Array.from({ length: 31 }, (_, at) => at - 10)
const averages = offsets.map((offset) => series.mean(joined.map(([date, code]) => excessOf(code, date, offset))))
const sums = series.rollingSum(averages, 31, { minPeriods: 1 })
console.log(`${joined.length} stocks joined ${index}`)
for (const at of [9, 10, 30]) console.log(`up to day ${offsets[at]}: ${(Number(sums[at]) * 100).toFixed(3)} %`)
