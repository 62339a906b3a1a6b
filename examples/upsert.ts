// Writes a bar, corrects it, and deletes it again.
//
//   npx tsx examples/upsert.ts
import { connect } from '@stockdb/client'

const db = await connect(process.env.STOCKDB_URL ?? 'http://127.0.0.1:7788', { token: process.env.STOCKDB_TOKEN })
const [ts_code, trade_date] = ['002003.SYN', '2025-01-02']
const first = await db.daily.upsert([{ ts_code, trade_date, close: 14.1, vol: 40_000 }])
const second = await db.daily.upsert([{ ts_code, trade_date, close: 14.2 }]) // the volume stays
console.log(`${first.inserted} new, then ${second.changed} changed`)
const { deleted } = await db.daily.delete({ symbols: [ts_code], start: trade_date })
console.log(`${deleted} deleted`)
