// All bars of the market, batch by batch, in bounded memory.
//
//   npx tsx examples/stream.ts
import { connect } from '@stockdb/client'

const db = await connect(process.env.STOCKDB_URL ?? 'http://127.0.0.1:7788', { token: process.env.STOCKDB_TOKEN })
let [rows, turnover] = [0, 0]
for await (const batch of db.daily.stream({ fields: ['amount'] })) {
  rows += batch.numRows
  for (const amount of batch.columns.amount) turnover += amount || 0 // NaN is null
}
console.log(`${rows} bars, ${(turnover / 1e6).toFixed(0)} billion CNY`)
