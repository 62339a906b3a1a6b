import { daysOf, parseDate } from '@stockdb/contract/wire'

/** A part of a year. Weeks begin on Monday. */
export type Period = 'week' | 'month' | 'quarter' | 'year'

const KEY_OF: Readonly<Record<Period, (date: string) => string>> = {
  // 1970-01-01 was a Thursday.
  week: (date) => String(Math.floor((daysOf(date) + 3) / 7)),
  month: (date) => date.slice(0, 7),
  quarter: (date) => `${date.slice(0, 4)} ${Math.ceil(Number(date.slice(5, 7)) / 3)}`,
  year: (date) => date.slice(0, 4),
}

/** The indexes of the last date of each period; the dates ascend. */
export function lastPlaces(dates: readonly string[], period: Period): number[] {
  const keyOf = KEY_OF[period] ?? unknownPeriod(period)
  const keys = dates.map((date, at) => {
    const previous = dates[at - 1]
    if (parseDate(date) !== date || (previous !== undefined && previous >= date))
      throw new RangeError(`dates[${at}]: got "${date}"; expected ascending dates as YYYY-MM-DD`)
    return keyOf(date)
  })
  return keys.flatMap((key, at) => (key === keys[at + 1] ? [] : [at]))
}

function unknownPeriod(period: unknown): never {
  throw new TypeError(`period: got ${String(period)}; expected ${Object.keys(KEY_OF).join(', ')}`)
}

/**
 * The last of the given dates in each week, month, quarter or year; the last period may be unfinished.
 *
 * @param dates - ascending, `YYYY-MM-DD`, such as those of a panel
 * @param period - `'week'`, `'month'`, `'quarter'` or `'year'`
 * @throws `RangeError` if the dates are not ascending
 * @example
 * ```ts
 * periodEnds(['2024-01-30', '2024-01-31', '2024-02-01'], 'month') // ['2024-01-31', '2024-02-01']
 * ```
 */
export function periodEnds(dates: readonly string[], period: Period): string[] {
  return lastPlaces(dates, period).map((at) => dates[at] as string)
}
