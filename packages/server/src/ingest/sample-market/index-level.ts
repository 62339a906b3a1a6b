import type { tushare } from '@stockdb/contract'
import { type Company, SAMPLE_SUFFIX } from './companies.ts'
import type { Market } from './market.ts'
import { companyDays } from './prices.ts'
import { round } from './round.ts'
import type { RowOf } from './table.ts'

/** The one index of the sample market. */
export const INDEX_CODE = `000300${SAMPLE_SUFFIX}`
export const FIRST_LEVEL = 4000

/**
 * The rows of `index_daily`: an index of returns with equal weights, from 4000 points before the first session.
 *
 * Each session moves it by the mean of close ÷ pre_close − 1 over the trading companies. Open, high and low are means
 * in the same way, so the high assumes that all stocks peak at the same time.
 */
export function* indexLevels(
  companies: readonly Company[],
  market: Market,
): Generator<RowOf<typeof tushare.index_daily>> {
  const sums = market.sessions.map(() => ({ traded: 0, open: 0, high: 0, low: 0, close: 0, lots: 0, amount: 0 }))
  for (const company of companies) {
    for (const { session, bar } of companyDays(company, market)) {
      const sum = sums[session]
      if (!bar || !sum) continue
      sum.traded += 1
      sum.open += bar.open / bar.preClose - 1
      sum.high += bar.high / bar.preClose - 1
      sum.low += bar.low / bar.preClose - 1
      sum.close += bar.close / bar.preClose - 1
      sum.lots += bar.lots
      sum.amount += bar.amount
    }
  }
  let before = FIRST_LEVEL
  for (const [session, date] of market.sessions.entries()) {
    const sum = sums[session]
    if (!sum) continue
    const level = (total: number): number => round(before * (1 + total / Math.max(1, sum.traded)), 4)
    const close = level(sum.close)
    yield {
      ts_code: INDEX_CODE,
      trade_date: date,
      open: level(sum.open),
      high: level(sum.high),
      low: level(sum.low),
      close,
      pre_close: before,
      change: round(close - before, 4),
      pct_chg: round(((close - before) / before) * 100, 4),
      vol: sum.lots,
      amount: sum.amount / 1000,
    }
    before = close
  }
}
