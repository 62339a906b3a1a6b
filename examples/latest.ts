// The last five bars of two stocks.
//
//   npx tsx examples/latest.ts
import { connect } from '@stockdb/client'

const db = await connect(process.env.STOCKDB_URL ?? 'http://127.0.0.1:7788', { token: process.env.STOCKDB_TOKEN })
const bars = await db.daily.latest({ symbols: ['002003.SYN', '600002.SYN'], n: 5, fields: ['close'] })
for (const { ts_code, trade_date, close } of bars.rows()) console.log(ts_code, trade_date, close.toFixed(2))
