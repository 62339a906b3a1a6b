import { Kysely, MysqlDialect } from 'kysely'
import { createPool } from 'mysql2'
import { symbolAt } from '../database.ts'
import type { Addresses, Side } from './side.ts'

/** Kysely in the caller with its default execution: one object per row. */
export async function kyselyObjects({ database }: Addresses): Promise<Side> {
  const pool = createPool({ uri: database, dateStrings: true, connectionLimit: 8 })
  const db = new Kysely<{ daily: Record<string, string> }>({ dialect: new MysqlDialect({ pool }) })
  const daily = db
    .selectFrom('daily')
    .select([
      'ts_code',
      'trade_date',
      'open',
      'high',
      'low',
      'close',
      'pre_close',
      'change',
      'pct_chg',
      'vol',
      'amount',
    ])
    .orderBy('ts_code')
    .orderBy('trade_date')
  return {
    async bulk(symbols) {
      return (await daily.where('ts_code', '<=', symbolAt(symbols - 1)).execute()).length
    },
    async point(_caller, symbol, start, end) {
      const rows = await daily
        .where('ts_code', '=', symbol)
        .where('trade_date', '>=', start)
        .where('trade_date', '<=', end)
        .execute()
      return rows.length
    },
  }
}
