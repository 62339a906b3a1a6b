import type { Client, Tushare } from '@stockdb/client'

/** What stocks held in equal parts made. */
export interface Holding {
  /** Return of the stocks that have bars, as a ratio; NaN when none has. */
  readonly gain: number
  /** How many stocks have bars. The others are not in the return. */
  readonly priced: number
}

/**
 * Return from the close of one session to that of another of stocks bought in equal parts; dividends and splits count, and a
 * stock that stops trading keeps its last price.
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

/** Says of how many stocks a table has returns, if not of all; undefined if of all. */
export function shortfall(
  holdings: readonly { readonly asked: number; readonly priced: number }[],
): string | undefined {
  const [asked, priced] = (['asked', 'priced'] as const).map((what) =>
    holdings.reduce((sum, holding) => sum + holding[what], 0),
  )
  if (asked === undefined || priced === undefined || asked === priced) return undefined
  return `Careful: the returns are those of ${priced} of ${asked} holdings; this server has no bars of the others in their time.`
}

/** The mean of what is a number. */
export function mean(values: Float64Array): number {
  const known = values.filter((value) => !Number.isNaN(value))
  return known.reduce((sum, value) => sum + value, 0) / known.length
}
