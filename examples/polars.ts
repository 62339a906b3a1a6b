// The same by symbol with Polars, which reads the Arrow stream of a frame.
//
//   npx tsx examples/polars.ts
import { connect } from '@stockdb/client'
import polars from 'nodejs-polars'

const db = await connect(process.env.STOCKDB_URL ?? 'http://127.0.0.1:7788', { token: process.env.STOCKDB_TOKEN })
const bars = await db.daily.range({ start: '2024-01-01', end: '2024-12-31', fields: ['amount'] })
const bySymbol = polars
  .readIPCStream(Buffer.from(bars.toIPC()))
  .withColumn(polars.col('ts_code').cast(polars.Utf8))
  .groupBy('ts_code')
  .agg(polars.col('amount').sum().div(polars.lit(1e6)).alias('billions'), polars.col('amount').count().alias('days'))
  .sort('billions', true)
for (const { ts_code, billions, days } of bySymbol.head(3).toRecords() as {
  ts_code: string
  billions: number
  days: number
}[])
  console.log(`${ts_code}: ${billions.toFixed(1)} billion CNY on ${days} days`)
