import { connect } from '@stockdb/client'
import { symbolAt } from '../database.ts'
import type { Addresses, Side } from './side.ts'

/** Through server and client into typed columns, all of which are read. */
export async function stockdb({ server }: Addresses): Promise<Side> {
  const db = await connect(server)
  return {
    async bulk(symbols) {
      const bars = await db.daily.range({ symbols: Array.from({ length: symbols }, (_, index) => symbolAt(index)) })
      return Object.values(bars.columns).every((column) => column.length === bars.numRows) ? bars.numRows : Number.NaN
    },
    async point(_caller, symbol, start, end) {
      const bars = await db.daily.range({ symbols: [symbol], start, end })
      return bars.columns.close.length
    },
  }
}
