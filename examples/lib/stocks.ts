import type { Client, Tushare } from '@stockdb/client'
import { giveUp } from './connection.ts'

/** A stock with bars on the server. */
export interface Stock {
  readonly code: string
  readonly name: string
  readonly industry: string
  /** Last day of its listing; null if still listed. */
  readonly delisted: string | null
  /** Date of its last bar. */
  readonly lastBar: string
}

/**
 * All stocks with bars, delisted ones included: without them the universe would have survivorship bias. Ordered by
 * code, never empty.
 */
export async function tradedStocks(db: Client<Tushare>): Promise<[Stock, ...Stock[]]> {
  // No fields: the answer has only code and date.
  const bars = await db.daily.latest({ fields: [] })
  const list = await db.stock_basic.list({ fields: ['name', 'industry', 'delist_date'] })
  const known = new Map(list.rows().map((row) => [row.ts_code, row]))
  const [first, ...others] = bars.rows().map(({ ts_code, trade_date }): Stock => {
    const row = known.get(ts_code)
    return {
      code: ts_code,
      name: row?.name ?? ts_code,
      industry: row?.industry ?? '',
      delisted: row?.delist_date ?? null,
      lastBar: trade_date,
    }
  })
  if (!first)
    return giveUp(
      'The server has no daily bars yet: "stockdb demo" fills it with a sample, "stockdb import" with your own.',
    )
  return [first, ...others]
}
