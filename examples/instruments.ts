// Who was listed on a day, and a search by the beginning of a code.
//
//   npx tsx examples/instruments.ts
import { connect } from '@stockdb/client'

const db = await connect(process.env.STOCKDB_URL ?? 'http://127.0.0.1:7788', { token: process.env.STOCKDB_TOKEN })
const listed = await db.instruments.list({ asOf: '2022-06-30' })
console.log(`${listed.numRows} stocks were listed`)
const found = await db.instruments.search({ text: '00200', limit: 3 })
for (const { ts_code, name, match } of found.rows()) console.log(ts_code, name, `found by ${match}`)
