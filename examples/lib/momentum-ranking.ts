import type { Prices } from './prices.ts'

/** Stocks by momentum, as it could be known after the close of a session. */
export interface Ranking {
  /** The session after whose close it is made: the last one of a month. */
  readonly formed: number
  /** Best first: index into `prices.stocks`, and the return that it is ranked by. */
  readonly order: readonly { readonly stock: number; readonly momentum: number }[]
}

const MONTHS = 6
/** The last month is left out, because within a month returns tend to turn round. */
const SKIPPED = 1

/**
 * A ranking after each month's last session: by the return over six months that ended a month ago, as in Jegadeesh and
 * Titman, "Returns to Buying Winners and Selling Losers", Journal of Finance 48 (1993).
 *
 * Only closes up to the session itself are read. Stocks that do not trade on it, or have no price seven months back,
 * are not ranked. Whether the last session ends its month is asked of `endsMonth`, as no later session tells.
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
