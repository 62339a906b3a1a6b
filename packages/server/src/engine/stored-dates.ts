import type { DateFormat } from '@stockdb/contract'
import {
  dateFormats,
  daysOf,
  epochOf,
  FIRST_DATE,
  LAST_DATE,
  MS_PER_DAY,
  millisecondsOf,
  parseDatetime,
  parseDecimal,
  partsOf,
} from '@stockdb/contract/internal'

/** The first and the last day that a date may be, as days since 1970. */
const FIRST_DAY = daysOf(FIRST_DATE)
export const LAST_DAY = daysOf(LAST_DATE)

const [DASH, ZERO, POINT] = [0x2d, 0x30, 0x2e]
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

/** Values in a column that stores dates in another way than as dates. */
type Kept = string | number | bigint

/**
 * Days since 1970 of a date that is kept in a format, which is `YYYY-MM-DD` by default; with a time it must be midnight.
 * `undefined` for anything else: only what has exactly this form is found by comparing it with a date in this form.
 */
export function daysOfStored(value: Kept, format: DateFormat = 'YYYY-MM-DD'): number | undefined {
  if (format === 'YYYY-MM-DD') return typeof value === 'string' && value.length === 10 ? dashed(value) : undefined
  if (format === 'YYYYMMDD') {
    const text = typeof value === 'string' ? value : String(value)
    return text.length === 8 ? daysOfParts(digits(text, 0, 4), digits(text, 4, 6), digits(text, 6, 8)) : undefined
  }
  // The database has put it into another form, so that it can be compared.
  if (format === 'YYYY/M/D') return typeof value === 'string' ? (slashed(value) ?? daysOfStored(value)) : undefined
  if (format === 'DATETIME' && typeof value === 'number') return value
  const ms = millisecondsOfStored(value, format)
  return ms !== undefined && ms % MS_PER_DAY === 0 ? ms / MS_PER_DAY : undefined
}

/**
 * Milliseconds since 1970 of a datetime that is kept in this format, which is `YYYY-MM-DD HH:MM:SS` by default, with the
 * milliseconds behind it where there are any. Microseconds are rounded.
 */
export function millisecondsOfStored(value: Kept, format: DateFormat = 'YYYY-MM-DD HH:MM:SS'): number | undefined {
  const epoch = epochOf(format)
  if (epoch) return millisecondsOfEpoch(value, epoch)
  const text = typeof value === 'string' ? value : String(value)
  const read = readers.get(format) ?? readerOf(format)
  const end = read.length
  const more = format === 'YYYY-MM-DD HH:MM:SS' && text.length === 23
  if (text.length !== end && !more) return undefined
  for (const [at, character] of read.literals) if (text.charCodeAt(at) !== character) return undefined
  const days = daysOfParts(read.part(text, 'Y'), read.part(text, 'M'), read.part(text, 'D'))
  const [hours, minutes, seconds] = [read.part(text, 'H'), read.part(text, 'm'), read.part(text, 'S')]
  if (days === undefined || !(hours < 24 && minutes < 60 && seconds < 60)) return undefined
  const whole = days * MS_PER_DAY + hours * 3_600_000 + minutes * 60_000 + seconds * 1_000
  // Without a fraction a moment is written without its zeros, and compared so.
  const fraction = more ? digits(text, 20, 23) : read.part(text, 'f')
  if (Number.isNaN(fraction) || (more && (text.charCodeAt(19) !== POINT || fraction === 0))) return undefined
  const ms = whole + (read.micro ? Math.round(fraction / 1_000) : fraction)
  return ms < (LAST_DAY + 1) * MS_PER_DAY ? ms : undefined
}

/** How the texts of a layout are taken apart. */
interface LayoutReader {
  readonly length: number
  readonly literals: readonly (readonly [at: number, character: number])[]
  /** Whether the fraction is of microseconds. */
  readonly micro: boolean
  /** The number of a part; 0 where the layout does not have it. */
  readonly part: (text: string, letter: string) => number
}

const readers = new Map<DateFormat, LayoutReader>()

function readerOf(format: DateFormat): LayoutReader {
  const { layout = '' } = dateFormats[format]
  const parts = partsOf(layout)
  const literals = [...layout].flatMap((character, at) =>
    Object.values(parts).some(([from, to]) => at >= from && at < to) ? [] : [[at, character.charCodeAt(0)] as const],
  )
  const reader: LayoutReader = {
    ...{ length: layout.length, literals, micro: layout.includes('ffffff') },
    part: (text, letter) => {
      const place = parts[letter]
      return place === undefined ? 0 : digits(text, place[0], place[1])
    },
  }
  readers.set(format, reader)
  return reader
}

function millisecondsOfEpoch(
  value: Kept,
  { unitMs, aheadMs }: { unitMs: number; aheadMs: number },
): number | undefined {
  const number = typeof value === 'string' ? (parseDecimal(value) ?? Number.NaN) : Number(value)
  const ms = number * unitMs + aheadMs
  return Number.isInteger(ms) && ms >= FIRST_DAY * MS_PER_DAY && ms < (LAST_DAY + 1) * MS_PER_DAY ? ms : undefined
}

function slashed(text: string): number | undefined {
  const [, year, month, day] = /^(\d{4})\/(\d{1,2})\/(\d{1,2})$/.exec(text) ?? []
  return day === undefined ? undefined : daysOfParts(Number(year), Number(month), Number(day))
}

/** Milliseconds since 1970 of a datetime that the database worked out. */
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
