// Value, point in time: each period the ten stocks with the most book value for their price, as it was known that day.
import { connect } from '@stockdb/client'
import * as series from '@stockdb/client/series'

const db = await connect()
const ends = await db.calendar.monthEnds({ start: '2021-01-01', end: '2024-12-31' })
const days = ends.filter((date) => ['04', '08', '10'].includes(date.slice(5, 7))) // when reports are due
const span = { start: '2021-01-01', end: '2024-12-31', fields: ['close'] as const }
const { close } = (await db.daily.panel(span)).panels
const { close: adjusted } = (await db.daily.panel({ ...span, adjust: 'hfq' })).panels
const gains: number[] = []
for (const [at, date] of days.slice(0, -1).entries()) {
  const known = await db.fina_indicator.asOf({ date, fields: ['bps'] })
  const book = new Map(known.rows().map(({ ts_code, bps }) => [ts_code, bps]))
  const values = close.row(date).map((price, place) => (book.get(close.symbols[place] ?? '') ?? Number.NaN) / price)
  const places = series.rank(values, { descending: true, ties: 'first' })
  const [from, to] = [adjusted.row(date), adjusted.row(String(days[at + 1]))]
  gains.push(
    series.mean(to.map((price, place) => (Number(places[place]) <= 10 ? price / Number(from[place]) - 1 : Number.NaN))),
  )
}

console.log(`${gains.length} periods of ${(series.mean(gains) * 100).toFixed(3)} %`)
console.log(`deviation: ${(series.std(gains) * 100).toFixed(3)} %`)
