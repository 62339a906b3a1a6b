// A minimal script that uses the client.
import { connect } from '@stockdb/client'

const db = await connect('http://127.0.0.1:7788')
const bars = await db.daily.range({ symbols: ['600519.SH'], fields: ['close'] })
console.log(bars.columns.close)
