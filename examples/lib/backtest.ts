import type { Ranking } from './momentum-ranking.ts'
import type { Prices } from './prices.ts'

export interface BacktestRules {
  /** Number of stocks held, equally weighted. */
  readonly holdings: number
  /** Commission, tax and slippage, as a ratio of the value traded. */
  readonly cost: number
}

export interface Backtest {
  /** Dates of `value`: every session from that of the first ranking. */
  readonly dates: readonly string[]
  /** Value of 1 CNY at each close. */
  readonly value: Float64Array
  /** Value bought and sold per year, as a multiple of the portfolio's value. */
  readonly turnover: number
}

const SESSIONS_PER_YEAR = 242

/**
 * Holds the best stocks of each ranking, equally weighted, from the open of the next session.
 *
 * A stock without a bar, or locked at its price limit, is neither bought nor sold: a position in it is kept at its last
 * close until a later month. A delisted stock is paid out at its last close. Shares are fractional; prices are
 * adjusted, so dividends are reinvested.
 */
export function backtest(prices: Prices, rankings: readonly Ranking[], rules: BacktestRules): Backtest {
  const { sessions, close } = prices
  const first = rankings[0]?.formed ?? sessions.length - 1
  const rankingBefore = new Map(rankings.map((ranking) => [ranking.formed + 1, ranking]))
  let portfolio: Portfolio = { cash: 1, shares: new Map() }
  let turnover = 0
  const value = new Float64Array(sessions.length - first)
  for (let t = first; t < sessions.length; t++) {
    const ranking = rankingBefore.get(t)
    if (ranking) {
      const next = rebalance(portfolio, prices, ranking, t, rules)
      portfolio = next.portfolio
      turnover += next.turnover
    }
    value[t - first] = worth(portfolio, (stock) => close[t]?.[stock] ?? Number.NaN)
  }
  return {
    dates: sessions.slice(first),
    value,
    turnover: (turnover / Math.max(1, value.length - 1)) * SESSIONS_PER_YEAR,
  }
}

interface Portfolio {
  /** CNY. */
  readonly cash: number
  /** By index into `prices.stocks`. */
  readonly shares: ReadonlyMap<number, number>
}

function worth({ cash, shares }: Portfolio, price: (stock: number) => number): number {
  let value = cash
  for (const [stock, count] of shares) value += count * price(stock)
  return value
}

/** Trades at the open of session `t`. */
function rebalance(before: Portfolio, prices: Prices, ranking: Ranking, t: number, { holdings, cost }: BacktestRules) {
  const { sessions, stocks, open, close, tradable } = prices
  const date = sessions[t] ?? ''
  const canTrade = (stock: number): boolean => tradable[t]?.[stock] === 1
  const price = (stock: number): number => {
    const opening = open[t]?.[stock] ?? Number.NaN
    return Number.isNaN(opening) ? (close[t - 1]?.[stock] ?? Number.NaN) : opening
  }
  const isGone = (stock: number): boolean => (stocks[stock]?.delisted ?? date) < date
  const kept = new Map([...before.shares].filter(([stock]) => !canTrade(stock) && !isGone(stock)))
  const total = worth(before, price)
  const free = total - worth({ cash: 0, shares: kept }, price)
  const targets = ranking.order
    .map(({ stock }) => stock)
    .filter(canTrade)
    .slice(0, Math.max(0, holdings - kept.size))
  const part = free / Math.max(1, targets.length)
  const held = (stock: number): number => (kept.has(stock) ? 0 : (before.shares.get(stock) ?? 0) * price(stock))
  // A payout is not a trade.
  const sold = [...before.shares.keys()].filter((stock) => !targets.includes(stock) && !isGone(stock))
  const traded = [...targets.map((stock) => Math.abs(part - held(stock))), ...sold.map(held)].reduce(
    (sum, each) => sum + each,
    0,
  )
  const bought = part - (traded * cost) / Math.max(1, targets.length)
  const shares = new Map([...kept, ...targets.map((stock): [number, number] => [stock, bought / price(stock)])])
  const cash = targets.length === 0 ? free - traded * cost : 0
  return { portfolio: { cash, shares }, turnover: traded / total }
}
