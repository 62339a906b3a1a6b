// The bars of a stock between two dates, both inclusive; prices adjusted to the last date.
//
//   npx tsx examples/range.ts
import { connect } from '@stockdb/client'

const db = await connect(process.env.STOCKDB_URL ?? 'http://127.0.0.1:7788', { token: process.env.STOCKDB_TOKEN })
const bars = await db.daily.range({
  symbols: ['002003.SYN'],
  start: '2024-12-02',
  end: '2024-12-31',
  fields: ['close', 'vol'],
  adjust: 'qfq',
})
console.log(`${bars.numRows} bars, anchor ${bars.meta.anchor}`)
for (const { trade_date, close, vol } of bars.rows()) console.log(trade_date, close.toFixed(2), vol)
