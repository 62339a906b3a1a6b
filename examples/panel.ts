// Closes as trading days × symbols, and what the two stocks returned over them.
//
//   npx tsx examples/panel.ts
import { connect } from '@stockdb/client'

const db = await connect(process.env.STOCKDB_URL ?? 'http://127.0.0.1:7788', { token: process.env.STOCKDB_TOKEN })
const { panels, dates, symbols } = await db.daily.panel({
  symbols: ['002003.SYN', '600002.SYN'],
  start: '2024-01-01',
  end: '2024-12-31',
  fields: ['close'],
  adjust: 'hfq',
})
const [first, last] = [panels.close.values[0], panels.close.values.at(-1)]
console.log(`${dates.length} days × ${symbols.length} symbols`)
symbols.forEach((symbol, at) => {
  console.log(symbol, ((last?.[at] ?? Number.NaN) / (first?.[at] ?? Number.NaN) - 1).toFixed(3))
})
