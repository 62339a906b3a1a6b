// One SELECT in the database's own SQL.
//
//   npx tsx examples/sql.ts
import { connect } from '@stockdb/client'

const db = await connect(process.env.STOCKDB_URL ?? 'http://127.0.0.1:7788', { token: process.env.STOCKDB_TOKEN })
const means = await db.sql<{ ts_code: string; mean: number }>(
  'select ts_code, avg(close) as mean from daily where trade_date >= ? group by ts_code order by mean desc limit 5',
  ['2024-01-01'],
)
for (const { ts_code, mean } of means.rows()) console.log(ts_code, mean.toFixed(2))
