import { type Client, OutOfCalendarError, type Tushare } from '@stockdb/client'
import { type Backtest, backtest } from './backtest.ts'
import { giveUp } from './connection.ts'
import { momentumRankings, type Ranking } from './momentum-ranking.ts'
import { loadPrices, type Prices } from './prices.ts'
import { type Stock, tradedStocks } from './stocks.ts'

/** Six-month momentum, skipping the last month, equally weighted, rebalanced monthly, compared with an index. */
export interface MomentumStudy {
  readonly prices: Prices
  readonly rankings: readonly [Ranking, ...Ranking[]]
  readonly strategy: Backtest
  /** Stocks held at a time. */
  readonly holdings: number
  /** Starts at 1, on the strategy's dates; absent if the server has no index that covers them. */
  readonly index: { readonly code: string; readonly value: Float64Array } | undefined
}

const YEARS = 5
/** The first ranking looks back seven months, and is held from the next session. */
const LEAST_MONTHS = 8
/** With fewer stocks there is no best third. */
const LEAST_RANKED = 3
/** A tenth of a percent of the value traded, on each side: commission, stamp tax and a little slippage. */
export const COST = 0.001
const INDICES = ['000300.SH', '399300.SZ', '000300.SYN']

/** Runs the study on the last five years that the server has, or up to an earlier date. */
export async function momentumStudy(db: Client<Tushare>, until?: string): Promise<MomentumStudy> {
  const stocks = await tradedStocks(db)
  const end = until ?? lastDate(stocks)
  const prices = await loadPrices(db, stocks, { start: yearsBefore(end), end })
  const [first, ...later] = momentumRankings(prices, await endsMonth(db, prices.sessions.at(-1) ?? end))
  if (!first) {
    return giveUp(
      `The study needs ${LEAST_MONTHS} months of bars; there are ${prices.sessions.length} sessions up to ${end}.`,
    )
  }
  const rankings: MomentumStudy['rankings'] = [first, ...later]
  const thinnest = rankings.reduce((one, other) => (other.order.length < one.order.length ? other : one))
  if (thinnest.order.length < LEAST_RANKED) {
    return giveUp(
      `The study ranks at least ${LEAST_RANKED} stocks a month; on ${prices.sessions[thinnest.formed]} only ${thinnest.order.length} of ${prices.stocks.length} have the bars for it. Import more bars.`,
    )
  }
  // The ten best, or fewer if ten would be most of the market.
  const holdings = Math.min(10, Math.floor(thinnest.order.length / LEAST_RANKED))
  const strategy = backtest(prices, rankings, { holdings, cost: COST })
  return { prices, rankings, strategy, holdings, index: await loadIndex(db, strategy.dates) }
}

function lastDate(stocks: readonly Stock[]): string {
  return (
    stocks
      .map(({ lastBar }) => lastBar)
      .sort()
      .at(-1) ?? ''
  )
}

function yearsBefore(date: string): string {
  const day = new Date(`${date}T00:00:00Z`)
  day.setUTCFullYear(day.getUTCFullYear() - YEARS)
  return day.toISOString().slice(0, 10)
}

/** Whether no session of the same month follows. If the calendar ends here, the month counts as unfinished. */
async function endsMonth(db: Client<Tushare>, date: string): Promise<boolean> {
  try {
    return (await db.calendar.next({ date })).slice(0, 7) !== date.slice(0, 7)
  } catch (error) {
    if (error instanceof OutOfCalendarError) return false
    throw error
  }
}

async function loadIndex(db: Client<Tushare>, dates: readonly string[]): Promise<MomentumStudy['index']> {
  const frame = await db.index_daily.range({
    symbols: INDICES,
    unknownSymbols: 'ignore',
    start: dates[0],
    end: dates.at(-1),
    fields: ['close'],
  })
  const panel = frame.pivot('close')
  for (const code of INDICES.filter((each) => panel.symbols.includes(each))) {
    const closes = new Map(panel.dates.map((date) => [date, panel.at(date, code)]))
    const level = Float64Array.from(dates, (date) => closes.get(date) ?? Number.NaN)
    if (!level.some(Number.isNaN)) return { code, value: level.map((each) => each / (level[0] ?? Number.NaN)) }
  }
  return undefined
}
