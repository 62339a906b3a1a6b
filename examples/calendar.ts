// Trading days: those of a month, the next, the previous, and twenty days back.
//
//   npx tsx examples/calendar.ts
import { connect } from '@stockdb/client'

const db = await connect(process.env.STOCKDB_URL ?? 'http://127.0.0.1:7788', { token: process.env.STOCKDB_TOKEN })
const days = await db.calendar.sessions({ start: '2024-02-01', end: '2024-02-29' })
console.log(`${days.length} trading days in February 2024`)
console.log('after', days[0], 'comes', await db.calendar.next({ date: days[0] ?? '' }))
console.log('before it', await db.calendar.previous({ date: days[0] ?? '' }))
console.log('20 trading days earlier', await db.calendar.offset({ date: days[0] ?? '', n: -20 }))
