/** A row of closes or of factors: symbol, date, number. */
export type Point = readonly [symbol: string, date: string, value: number]

/**
 * Days × symbols of prices adjusted to the last factor, as a careful script computes it: both lists are ordered by symbol and
 * date. Resolves to the number of cells.
 */
export function qfqPanel(closes: readonly Point[], factors: readonly Point[]): number {
  const days = new Map<string, number>()
  const symbols = new Map<string, number>()
  for (const [symbol, day] of closes) {
    if (!symbols.has(symbol)) symbols.set(symbol, symbols.size)
    if (!days.has(day)) days.set(day, days.size)
  }
  const cells = new Float64Array(days.size * symbols.size).fill(Number.NaN)
  let at = 0
  for (let row = 0; row < closes.length; ) {
    const [symbol] = closes[row] as Point
    while (at < factors.length && (factors[at] as Point)[0] < symbol) at++
    const first = at
    while (at < factors.length && (factors[at] as Point)[0] === symbol) at++
    const last = factors[at - 1]?.[2] ?? Number.NaN
    const place = symbols.get(symbol) ?? 0
    for (let factor = first; row < closes.length && (closes[row] as Point)[0] === symbol; row++) {
      const [, day, close] = closes[row] as Point
      while (factor + 1 < at && (factors[factor + 1] as Point)[1] <= day) factor++
      cells[(days.get(day) ?? 0) * symbols.size + place] = (close * (factors[factor] as Point)[2]) / last
    }
  }
  return cells.length
}
