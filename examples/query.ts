// A query of your own with Kysely: the five stocks with the greatest turnover of a month.
//
//   npx tsx examples/query.ts
import { connect } from '@stockdb/client'

const db = await connect(process.env.STOCKDB_URL ?? 'http://127.0.0.1:7788', { token: process.env.STOCKDB_TOKEN })
const rows = await db.query
  .selectFrom('daily as d')
  .innerJoin('stock_basic as b', 'b.ts_code', 'd.ts_code')
  .select((eb) => ['d.ts_code', 'b.name', eb.fn.sum<number>('d.amount').as('turnover')])
  .where('d.trade_date', '>=', '2024-12-01')
  .groupBy(['d.ts_code', 'b.name'])
  .orderBy('turnover', 'desc')
  .limit(5)
  .execute()
for (const { ts_code, name, turnover } of rows) console.log(ts_code, name, turnover.toFixed(0))
