import type { Client, Tushare } from '@stockdb/client'

/**
 * Return from the close of one session to that of another of stocks bought in equal parts, as a ratio; dividends and splits
 * count, and a stock that stops trading keeps its last price. NaN without stocks.
 */
export async function equalWeightReturn(
  db: Client<Tushare>,
  symbols: readonly string[],
  start: string,
  end: string,
): Promise<number> {
  if (symbols.length === 0) return Number.NaN
  const bars = await db.daily.range({ symbols, start, end, fields: ['close'], adjust: 'hfq' })
  const { ts_code, close } = bars.columns
  const first = new Map<string, number>()
  const last = new Map<string, number>()
  ts_code.forEach((code, row) => {
    const price = close[row] ?? Number.NaN
    if (!first.has(code)) first.set(code, price)
    last.set(code, price)
  })
  return mean(Float64Array.from(first, ([code, price]) => (last.get(code) ?? Number.NaN) / price - 1))
}

/** The mean of what is a number. */
export function mean(values: Float64Array): number {
  const known = values.filter((value) => !Number.isNaN(value))
  return known.reduce((sum, value) => sum + value, 0) / known.length
}
