// Turnover by month with Arquero, which reads the Arrow stream of a frame.
//
//   npx tsx examples/arquero.ts
import { connect } from '@stockdb/client'
import { desc, fromArrow, op } from 'arquero'

const db = await connect(process.env.STOCKDB_URL ?? 'http://127.0.0.1:7788', { token: process.env.STOCKDB_TOKEN })
const bars = await db.daily.range({ start: '2024-01-01', end: '2024-12-31', fields: ['amount'] })
const byMonth = fromArrow(bars.toIPC())
  .groupby({ month: (row: { trade_date: Date }) => op.month(row.trade_date) + 1 })
  .rollup({ billions: (row: { amount: number }) => op.sum(row.amount) / 1e6 })
  .orderby(desc('billions'))
for (const { month, billions } of byMonth.slice(0, 3).objects() as { month: number; billions: number }[])
  console.log(`month ${month}: ${billions.toFixed(1)} billion CNY`)
