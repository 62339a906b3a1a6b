// Rows of a dataset without a date, filtered.
//
//   npx tsx examples/list.ts
import { connect } from '@stockdb/client'

const db = await connect(process.env.STOCKDB_URL ?? 'http://127.0.0.1:7788', { token: process.env.STOCKDB_TOKEN })
const stocks = await db.stock_basic.list({ where: { list_status: 'L' }, fields: ['name', 'list_date'], limit: 5 })
for (const { ts_code, name, list_date } of stocks.rows()) console.log(ts_code, name, list_date)
console.log(stocks.meta.complete ? 'these are all' : 'there are more')
