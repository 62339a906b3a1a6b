// The constituents of an index, and the newest statements of a stock, as they were known on a day.
//
//   npx tsx examples/as-of.ts
import { connect } from '@stockdb/client'

const db = await connect(process.env.STOCKDB_URL ?? 'http://127.0.0.1:7788', { token: process.env.STOCKDB_TOKEN })
const members = await db.index_weight.asOf({ date: '2022-06-30', symbols: ['000300.SYN'], fields: ['con_code'] })
console.log(`${members.numRows} constituents, published on ${members.columns.trade_date[0]}`)
const known = await db.fina_indicator.asOf({ date: '2022-06-30', symbols: ['002003.SYN'], periods: 2, fields: ['roe'] })
for (const { end_date, roe } of known.rows()) console.log(`period ${end_date}: return on equity ${roe.toFixed(1)} %`)
