// All stocks on one day: how many traded, and how many of them closed higher.
//
//   npx tsx examples/at.ts
import { connect } from '@stockdb/client'

const db = await connect(process.env.STOCKDB_URL ?? 'http://127.0.0.1:7788', { token: process.env.STOCKDB_TOKEN })
const day = await db.daily.at({ date: '2024-12-31', fields: ['pct_chg'] })
const higher = day.columns.pct_chg.filter((change) => change > 0).length
console.log(`${day.numRows} stocks traded, ${higher} of them closed higher`)
