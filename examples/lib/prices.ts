import type { Client, Panel, Tushare } from '@stockdb/client'
import type { Stock } from './stocks.ts'

/** Prices of many stocks, sessions × stocks: `close[t]?.[s]` is that of `stocks[s]` on `sessions[t]`. */
export interface Prices {
  /** Every session of the exchange in the span, ascending, whichever symbols traded. */
  readonly sessions: readonly string[]
  readonly stocks: readonly Stock[]
  /** Adjusted forward (qfq), in CNY; NaN where there is no bar. */
  readonly open: readonly Float64Array[]
  /** Adjusted forward; the last close during suspensions, NaN before the first bar. */
  readonly close: readonly Float64Array[]
  /** 1 if the stock was tradable: it has a bar, and was not locked at a price limit from open to close. */
  readonly tradable: readonly Uint8Array[]
}

/** Prices of the stocks between two dates, both inclusive, on the exchange's calendar. */
export async function loadPrices(
  db: Client<Tushare>,
  stocks: readonly Stock[],
  span: { start: string; end: string },
): Promise<Prices> {
  const frame = await db.daily.range({
    symbols: stocks.map(({ code }) => code),
    ...span,
    fields: ['open', 'high', 'low', 'close'],
    // qfq and hfq are equivalent here: only ratios of prices are used, and the anchor cancels out.
    // So a qfq anchor at the end of the data, which moves all prices, causes no look-ahead.
    adjust: 'qfq',
  })
  const [open, high, low, close] = [frame.pivot('open'), frame.pivot('high'), frame.pivot('low'), frame.pivot('close')]
  // The panel has only dates and stocks with rows; the calendar also has days without any.
  const sessions = await db.calendar.sessions({
    start: close.dates[0] ?? span.start,
    end: close.dates.at(-1) ?? span.end,
  })
  const place = new Map(close.dates.map((date, row) => [date, row]))
  const nothing = new Float64Array(close.symbols.length).fill(Number.NaN)
  const rowsOf = (panel: Panel) => sessions.map((date) => panel.values[place.get(date) ?? -1] ?? nothing)
  const [highs, lows] = [rowsOf(high), rowsOf(low)]
  const byCode = new Map(stocks.map((stock) => [stock.code, stock]))
  return {
    sessions,
    stocks: close.symbols.flatMap((code) => byCode.get(code) ?? []),
    open: rowsOf(open),
    close: carriedForward(rowsOf(close)),
    // A day whose high equals its low is locked at the limit: orders are not filled. NaN > NaN is false.
    tradable: highs.map((row, t) => Uint8Array.from(row, (value, s) => (value > (lows[t]?.[s] ?? Number.NaN) ? 1 : 0))),
  }
}

/** Fills each gap with the last number above it. */
export function carriedForward(rows: readonly Float64Array[]): Float64Array[] {
  const carried: Float64Array[] = []
  for (const row of rows) {
    const before = carried.at(-1)
    carried.push(row.map((value, s) => (Number.isNaN(value) ? (before?.[s] ?? Number.NaN) : value)))
  }
  return carried
}
