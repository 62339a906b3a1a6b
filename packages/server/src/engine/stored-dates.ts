import type { DateFormat } from '@stockdb/contract'
import { daysOf, LAST_DATE, MS_PER_DAY, millisecondsOf, parseDatetime } from '@stockdb/contract/internal'

/** The last valid day, as days since 1970. */
export const LAST_DAY = daysOf(LAST_DATE)

const [DASH, ZERO, COLON, SPACE, POINT] = [0x2d, 0x30, 0x3a, 0x20, 0x2e]
const DAYS_IN_MONTH = Uint8Array.of(0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)

/** Days since 1970-01-01 of a calendar day; `undefined` for 2023-02-30. */
export function daysOfParts(year: number, month: number, day: number): number | undefined {
  // In a form that rejects NaN.
  if (!(year <= 9_999 && month >= 1 && month <= 12 && day >= 1)) return undefined
  const leap = month === 2 && year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 1 : 0
  if (!(day <= (DAYS_IN_MONTH[month] as number) + leap)) return undefined
  // Years start in March, so that the leap day is the last.
  const y = month > 2 ? year : year - 1
  const era = Math.floor(y / 400)
  const yearOfEra = y - era * 400
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear
  return era * 146_097 + dayOfEra - 719_468
}

/**
 * Days since 1970 of a date stored as text or integer in a format, by default `YYYY-MM-DD`. `undefined` for anything
 * else, because comparisons only find dates in exactly this format.
 */
export function daysOfStored(value: string | number | bigint, form: DateFormat = 'YYYY-MM-DD'): number | undefined {
  if (form !== 'YYYYMMDD') return typeof value === 'string' && value.length === 10 ? dashed(value) : undefined
  const text = typeof value === 'string' ? value : String(value)
  if (text.length !== 8) return undefined
  return daysOfParts(digits(text, 0, 4), digits(text, 4, 6), digits(text, 6, 8))
}

/**
 * Milliseconds since 1970 of a datetime stored as text in a format, by default `YYYY-MM-DD HH:MM:SS` with optional
 * milliseconds. Microseconds are rounded.
 */
export function millisecondsOfStored(text: string, form: DateFormat = 'YYYY-MM-DD HH:MM:SS'): number | undefined {
  const micro = form === 'YYYY-MM-DD HH:MM:SS.ffffff'
  const { length } = text
  if (micro ? length !== 26 : length !== 19 && length !== 23) return undefined
  const days = dashed(text)
  if (days === undefined || text.charCodeAt(10) !== SPACE) return undefined
  if (text.charCodeAt(13) !== COLON || text.charCodeAt(16) !== COLON) return undefined
  const [hours, minutes, seconds] = [digits(text, 11, 13), digits(text, 14, 16), digits(text, 17, 19)]
  if (!(hours < 24 && minutes < 60 && seconds < 60)) return undefined
  const whole = days * MS_PER_DAY + hours * 3_600_000 + minutes * 60_000 + seconds * 1_000
  if (length === 19) return whole
  const fraction = digits(text, 20, length)
  // Datetimes without a fraction have no zeros there, and compare that way.
  if (text.charCodeAt(19) !== POINT || Number.isNaN(fraction) || (fraction === 0 && !micro)) return undefined
  const ms = whole + (micro ? Math.round(fraction / 1_000) : fraction)
  return ms < (LAST_DAY + 1) * MS_PER_DAY ? ms : undefined
}

/** Milliseconds since 1970 of a datetime computed by the database. */
export function millisecondsOfComputed(text: string): number | undefined {
  const datetime = parseDatetime(text)
  return datetime === undefined ? undefined : millisecondsOf(datetime)
}

function dashed(text: string): number | undefined {
  if (text.charCodeAt(4) !== DASH || text.charCodeAt(7) !== DASH) return undefined
  return daysOfParts(digits(text, 0, 4), digits(text, 5, 7), digits(text, 8, 10))
}

/** The number from some characters; NaN if one of them is not a digit. */
function digits(text: string, from: number, to: number): number {
  let number = 0
  for (let at = from; at < to; at++) {
    const digit = text.charCodeAt(at) - ZERO
    if (!(digit >= 0 && digit <= 9)) return Number.NaN
    number = number * 10 + digit
  }
  return number
}
