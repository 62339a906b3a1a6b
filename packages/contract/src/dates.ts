/**
 * Dates in the contract: `YYYY-MM-DD`, without a time or a zone.
 *
 * On the wire and in typed arrays a date is the number of days since 1970-01-01, and a datetime the number of
 * milliseconds, both in the proleptic Gregorian calendar.
 */

/** The range of dates that every database supports: that of a DATE column in MySQL. */
export const FIRST_DATE = '1000-01-01'
export const LAST_DATE = '9999-12-31'

const DATE_FORM = /^(\d{4})-?(\d{2})-?(\d{2})$/
const DATETIME_FORM = /^(\d{4}-?\d{2}-?\d{2})[ T](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,3})0*)?)?$/
/** Milliseconds of a day. */
export const MS_PER_DAY = 86_400_000
/** China is eight hours ahead of UTC, all year round. */
export const CHINA_MS = 8 * 3_600_000

/**
 * The ISO form of a date written `YYYY-MM-DD` or `YYYYMMDD`; `undefined` for anything else, including invalid days
 * (`2023-02-30`) and years before 1000.
 */
export function parseDate(text: string): string | undefined {
  const match = DATE_FORM.exec(text)
  if (!match || (text.length !== 8 && text.length !== 10)) return undefined
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])]
  if (month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) return undefined
  const iso = `${match[1]}-${match[2]}-${match[3]}`
  return iso < FIRST_DATE ? undefined : iso
}

/** Plain arithmetic, because a `Date` for each value would slow down imports noticeably. */
function daysInMonth(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31
}

/**
 * The canonical form `YYYY-MM-DD HH:MM:SS[.mmm]` of a date with a time to the millisecond; seconds may be left out,
 * `T` may replace the space. The fraction is written only if it is not zero.
 */
export function parseDatetime(text: string): string | undefined {
  const match = DATETIME_FORM.exec(text)
  const date = match?.[1] && parseDate(match[1])
  if (!match || !date) return undefined
  const [hours, minutes, seconds] = [match[2] ?? '', match[3] ?? '', match[4] ?? '00']
  if (hours > '23' || minutes > '59' || seconds > '59') return undefined
  const fraction = (match[5] ?? '').padEnd(3, '0')
  return `${date} ${hours}:${minutes}:${seconds}${fraction === '000' ? '' : `.${fraction}`}`
}

/** Days since 1970-01-01 of an ISO date. */
export function daysOf(iso: string): number {
  return Date.parse(`${iso}T00:00:00Z`) / MS_PER_DAY
}

/** The ISO date of a number of days since 1970-01-01. */
export function dateOf(days: number): string {
  return new Date(days * MS_PER_DAY).toISOString().slice(0, 10)
}

/** Milliseconds since 1970-01-01 00:00:00 of a canonical date with time. */
export function millisecondsOf(datetime: string): number {
  return Date.parse(`${datetime.replace(' ', 'T')}Z`)
}

/** The canonical date with time of a number of milliseconds since 1970-01-01 00:00:00. */
export function datetimeOf(ms: number): string {
  const iso = new Date(ms).toISOString()
  const fraction = iso.slice(20, 23)
  return `${iso.slice(0, 10)} ${iso.slice(11, 19)}${fraction === '000' ? '' : `.${fraction}`}`
}
