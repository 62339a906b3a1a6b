import type { Dataset } from '@stockdb/contract'
import { MS_PER_DAY, minutesOf } from '@stockdb/contract/internal'

/** Sessions per year, and the assumed length in years of a history without a start. */
const SESSIONS = 243
const YEARS = 15
/** Symbols that a market is taken to have. */
export const MARKET = 5_500
/** Rows of one symbol: a session has so many minutes, a year so many reports, revised ones among them. */
const MINUTES = 240
const REPORTS = 8
/** Sessions of a bar of several, at most. */
const LONGER: Readonly<Record<string, number>> = { week: 5, month: 23, quarter: 66, year: 250 }

interface Asked {
  readonly symbols?: readonly string[] | undefined
  readonly start?: string | undefined
  readonly end?: string | undefined
  readonly limit?: number | undefined
  readonly n?: number | undefined
  readonly freq?: string | undefined
  readonly from?: string | undefined
}

/**
 * A rough estimate, from the arguments alone, of the rows that a call reads: enough to distinguish light calls from heavy
 * ones.
 */
export class RowGuess {
  readonly #perSession: number

  constructor({ date, fields }: Dataset) {
    this.#perSession = date !== undefined && fields[date]?.type === 'datetime' ? MINUTES : 1
  }

  range({ symbols, start, end, freq = 'day', from, limit }: Asked): number {
    const sessions = start === undefined ? YEARS * SESSIONS : sessionsBetween(start, end)
    const ofOne = sessions * this.#perSession
    const all = countOf(symbols) * ofOne
    if (limit === undefined) return all
    // At most the rows of a bar; one more shows whether there were more.
    const rows = LONGER[freq] ?? minutesOf(freq) ?? 1
    if (rows === 1) return Math.min(limit, all)
    const ofBars = (limit + 1) * rows
    // Where stored bars of some minutes have to be compared, those of a symbol are read as a whole.
    const compared = minutesOf(freq) !== undefined && from === undefined ? ofOne : 0
    return Math.min(all, Math.max(ofBars, compared))
  }

  latest({ symbols, n = 1 }: Asked): number {
    return countOf(symbols) * n
  }

  at({ symbols }: Asked): number {
    return countOf(symbols) * this.#perSession
  }

  asOf({ symbols, limit = Number.POSITIVE_INFINITY }: Asked): number {
    return Math.min(limit, countOf(symbols) * YEARS * REPORTS)
  }

  list({ symbols, limit = Number.POSITIVE_INFINITY }: Asked): number {
    return Math.min(limit, countOf(symbols))
  }
}

const countOf = (symbols: readonly string[] | undefined): number => symbols?.length ?? MARKET

/** Dates as they leave the schemas; a time of day behind them makes no difference here. */
function sessionsBetween(start: string, end: string | undefined): number {
  const until = end === undefined ? Date.now() : Date.parse(end.slice(0, 10))
  return Math.max(1, Math.ceil((((until - Date.parse(start.slice(0, 10))) / MS_PER_DAY + 1) / 365) * SESSIONS))
}
