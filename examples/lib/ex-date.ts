import type { Client, Tushare } from '@stockdb/client'

/** The first day on which a stock trades without its dividend or split. */
export interface ExDate {
  readonly code: string
  readonly date: string
  /** Factors before the day and from it on. */
  readonly before: number
  readonly after: number
  /** Dates of the bars around it, including the day itself, ascending. */
  readonly dates: readonly [string, ...string[]]
}

/** Smaller steps may be rounding of the published factors. */
const SMALLEST_STEP = 1.002
const BARS_AROUND = 4

/** The ex-date with the largest step of the factor among the symbols; `undefined` when there is none. */
export async function largestExDate(db: Client<Tushare>, symbols: readonly string[]): Promise<ExDate | undefined> {
  const factors = await db.adj_factor.range({ symbols, fields: ['adj_factor'] })
  const bars = await db.daily.range({ symbols, fields: [] })
  const datesOf = Map.groupBy(bars.rows(), (row) => row.ts_code)
  const { ts_code, trade_date, adj_factor } = factors.columns
  let found: ExDate | undefined
  let largest = SMALLEST_STEP
  for (let row = 1; row < factors.numRows; row++) {
    const [code, date] = [ts_code[row] ?? '', trade_date[row] ?? '']
    const [before, after] = [adj_factor[row - 1] ?? Number.NaN, adj_factor[row] ?? Number.NaN]
    if (code !== ts_code[row - 1] || !(after / before > largest)) continue
    const dates = datesOf.get(code)?.map((bar) => bar.trade_date) ?? []
    // Factors also exist for days without a bar: an ex-date during a suspension has no price to compare.
    const at = dates.indexOf(date)
    const [first, ...rest] = dates.slice(Math.max(0, at - BARS_AROUND), at + BARS_AROUND)
    if (at < 1 || !first) continue
    largest = after / before
    found = { code, date, before, after, dates: [first, ...rest] }
  }
  return found
}
