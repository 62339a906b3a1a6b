/** Performance of a series of values; ratios, not percent. */
export interface Performance {
  readonly return: number
  /** Annualised standard deviation of daily returns. */
  readonly volatility: number
  /** Maximum drawdown within the span: 0 or less. */
  readonly drawdown: number
}

/** The mainland's exchanges open about 242 days a year; 252 is New York's number. */
const SESSIONS_PER_YEAR = 242

/** Performance over a span; its first value is the close before the span. */
export function performance(value: Float64Array): Performance {
  const returns = Array.from(value.subarray(1), (each, t) => each / (value[t] ?? Number.NaN) - 1)
  const mean = returns.reduce((sum, each) => sum + each, 0) / returns.length
  const variance = returns.reduce((sum, each) => sum + (each - mean) ** 2, 0) / (returns.length - 1)
  return {
    return: (value.at(-1) ?? Number.NaN) / (value[0] ?? Number.NaN) - 1,
    volatility: Math.sqrt(variance * SESSIONS_PER_YEAR),
    drawdown: Math.min(...drawdowns(value)),
  }
}

/** Drawdown of each value from the running high, as a ratio: 0 or less. */
export function drawdowns(value: Float64Array): Float64Array {
  let high = Number.NEGATIVE_INFINITY
  return value.map((each) => {
    high = Math.max(high, each)
    return each / high - 1
  })
}

/** Annualised return; `undefined` for less than a year, which should not be extrapolated. */
export function yearlyReturn(value: Float64Array): number | undefined {
  const sessions = value.length - 1
  if (sessions < SESSIONS_PER_YEAR) return undefined
  return ((value.at(-1) ?? Number.NaN) / (value[0] ?? Number.NaN)) ** (SESSIONS_PER_YEAR / sessions) - 1
}

/** The calendar years of a series, each with the range of its values, including the last value of the year before. */
export function years(dates: readonly string[]): { year: string; from: number; to: number }[] {
  const found = [...new Set(dates.slice(1).map((date) => date.slice(0, 4)))]
  return found.map((year) => ({
    year,
    from: Math.max(0, dates.findIndex((date) => date.startsWith(year)) - (dates[0]?.startsWith(year) ? 0 : 1)),
    to: dates.findLastIndex((date) => date.startsWith(year)) + 1,
  }))
}
