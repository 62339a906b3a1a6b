import type { Prices } from './prices.ts'

/** Stocks by momentum, as known after the close of a session. */
export interface Ranking {
  /** The session after whose close the ranking is made: the last of a month. */
  readonly formed: number
  /** Best first: index into `prices.stocks`, and the ranking return. */
  readonly order: readonly { readonly stock: number; readonly momentum: number }[]
}

const MONTHS = 6
/** The last month is skipped, because returns within a month tend to reverse. */
const SKIPPED = 1

/**
 * A ranking after each month's last session, by the six-month return that ended a month ago, as in Jegadeesh and
 * Titman, "Returns to Buying Winners and Selling Losers", Journal of Finance 48 (1993).
 *
 * Only closes up to the session itself are read. Stocks that do not trade on it, or have no price seven months back,
 * are not ranked. `endsMonth` tells whether the last session ends its month, because no later session follows.
 */
export function momentumRankings(prices: Prices, endsMonth: boolean): Ranking[] {
  const { sessions, stocks, close, tradable } = prices
  const monthOf = (t: number): string => sessions[t]?.slice(0, 7) ?? ''
  const monthEnds = sessions.flatMap((_, t) =>
    t === sessions.length - 1 ? (endsMonth ? [t] : []) : monthOf(t) === monthOf(t + 1) ? [] : [t],
  )
  return monthEnds.slice(MONTHS + SKIPPED).map((formed, month) => {
    const [from, to] = [close[monthEnds[month] ?? -1], close[monthEnds[month + MONTHS] ?? -1]]
    const order = stocks
      .map((_, stock) => ({ stock, momentum: (to?.[stock] ?? Number.NaN) / (from?.[stock] ?? Number.NaN) - 1 }))
      .filter(({ stock, momentum }) => Number.isFinite(momentum) && tradable[formed]?.[stock] === 1)
      .sort((a, b) => b.momentum - a.momentum)
    return { formed, order }
  })
}
