// Listens to writes of one stock; here this program makes one itself, and deletes its row again.
//
//   npx tsx examples/watch.ts
import { connect } from '@stockdb/client'

const db = await connect(process.env.STOCKDB_URL ?? 'http://127.0.0.1:7788', { token: process.env.STOCKDB_TOKEN })
const { last } = await db.changes()
await db.daily.upsert([{ ts_code: '002003.SYN', trade_date: '2025-01-02', close: 14.1 }])
for await (const { symbols, start, inserted, deleted } of db.daily.watch({ symbols: ['002003.SYN'], since: last })) {
  console.log(`${symbols} on ${start}: ${inserted} new, ${deleted} deleted`)
  if (deleted > 0) break // ends the subscription
  await db.daily.delete({ symbols: ['002003.SYN'], start: '2025-01-02' })
}
