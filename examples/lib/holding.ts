import type { Client, Tushare } from '@stockdb/client'

/** Result of an equally weighted portfolio. */
export interface Holding {
  /** Return of the stocks that have bars, as a ratio; NaN when none has. */
  readonly gain: number
  /** Number of stocks with bars. The others are not in the return. */
  readonly priced: number
}

/**
 * Close-to-close return of an equally weighted portfolio, including dividends and splits; a stock that stops trading
 * keeps its last price.
 */
export async function equalWeightReturn(
  db: Client<Tushare>,
  symbols: readonly string[],
  start: string,
  end: string,
): Promise<Holding> {
  if (symbols.length === 0) return { gain: Number.NaN, priced: 0 }
  const bars = await db.daily.range({ symbols, start, end, fields: ['close'], adjust: 'hfq' })
  const { ts_code, close } = bars.columns
  const first = new Map<string, number>()
  const last = new Map<string, number>()
  ts_code.forEach((code, row) => {
    const price = close[row] ?? Number.NaN
    if (!first.has(code)) first.set(code, price)
    last.set(code, price)
  })
  const gains = Float64Array.from(first, ([code, price]) => (last.get(code) ?? Number.NaN) / price - 1)
  return { gain: mean(gains), priced: first.size }
}

/** A warning if returns are missing for some stocks, else undefined. */
export function shortfall(
  holdings: readonly { readonly asked: number; readonly priced: number }[],
): string | undefined {
  const [asked, priced] = (['asked', 'priced'] as const).map((what) =>
    holdings.reduce((sum, holding) => sum + holding[what], 0),
  )
  if (asked === undefined || priced === undefined || asked === priced) return undefined
  return `Careful: the returns cover ${priced} of ${asked} holdings; this server has no bars of the others for the period.`
}

/** The mean of the numbers, without NaN. */
export function mean(values: Float64Array): number {
  const known = values.filter((value) => !Number.isNaN(value))
  return known.reduce((sum, value) => sum + value, 0) / known.length
}
