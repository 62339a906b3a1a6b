// The cheapest profitable stocks of a day, as known on that day.
//
//   npx tsx examples/screen.ts
import { connect } from '@stockdb/client'

const db = await connect(process.env.STOCKDB_URL ?? 'http://127.0.0.1:7788', { token: process.env.STOCKDB_TOKEN })
const cheap = await db.screen({
  date: '2024-06-28',
  where: { 'daily_basic.pe': { gt: 0, lt: 30 }, 'fina_indicator.netprofit_margin': { gte: 10 } },
  fields: ['daily_basic.pe'],
  sort: [{ by: 'daily_basic.pe' }],
  limit: 5,
})
cheap.columns.ts_code.forEach((code, at) => {
  console.log(code, cheap.columns['daily_basic.pe'][at]?.toFixed(1))
})
