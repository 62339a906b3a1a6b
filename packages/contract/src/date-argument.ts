import { CHINA_MS, dateOf, daysOf, MS_PER_DAY, parseDate } from './dates.ts'

/**
 * A date as callers write it, as `YYYY-MM-DD`; `undefined` for anything else, and for what could be several dates.
 *
 * Besides `YYYY-MM-DD` and `YYYYMMDD` it may be `YYYY/MM/DD`, with or without zeros, and a `Date` at midnight, in UTC or in
 * China, which is an instant in JSON. A month, `YYYY-MM`, is its first or its last day, where `edge` says which.
 */
export function parseDateArgument(text: string, edge?: 'first' | 'last'): string | undefined {
  const iso = parseDate(text)
  if (iso !== undefined) return iso
  const [, year = '', separator = '', month = '', day] = /^(\d{4})([-/])(\d{1,2})(?:\2(\d{1,2}))?$/.exec(text) ?? []
  if (separator !== '') {
    const first = parseDate(`${year}${month.padStart(2, '0')}${(day ?? '1').padStart(2, '0')}`)
    if (day !== undefined || first === undefined) return first
    return edge === 'last' ? lastOfMonth(first) : edge && first
  }
  const isInstant = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(text)
  return isInstant && parseDate(text.slice(0, 10)) !== undefined ? dayOfMidnight(Date.parse(text)) : undefined
}

function lastOfMonth(first: string): string {
  // 40 days after the first of a month is the month after it.
  const next = `${dateOf(daysOf(first) + 40).slice(0, 7)}-01`
  return first.startsWith('9999-12') ? '9999-12-31' : dateOf(daysOf(next) - 1)
}

/** The day that begins at an instant, in UTC or in China. */
function dayOfMidnight(ms: number): string | undefined {
  const ahead = [0, CHINA_MS].find((zone) => (ms + zone) % MS_PER_DAY === 0)
  return ahead === undefined ? undefined : parseDate(dateOf((ms + ahead) / MS_PER_DAY))
}
