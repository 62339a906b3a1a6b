import { CHINA_MS, millisecondsOf } from './dates.ts'

/** What a column with dates in some format is in the database. */
type Kind = 'text' | 'text or number' | 'number' | 'datetime'

interface Format {
  /** What the column is. */
  readonly kept: Kind
  /** The parts of a text or of the digits of a number, in their order; absent for epochs. */
  readonly layout?: string
  /** The unit of an epoch in milliseconds. */
  readonly unitMs?: number
  /** How far the epoch's days begin before those of UTC. */
  readonly aheadMs?: number
  /** Whether values compare in another order than their dates, so that SQL puts them into `YYYY-MM-DD` first. */
  readonly unordered?: boolean
}

/**
 * How a column may store dates, other than as a DATE or DATETIME. The letters are those of dates everywhere here: MM is the
 * month before HH and the minute behind it. Of a `date` that is stored with a time the time is midnight.
 */
const formats = {
  YYYYMMDD: { kept: 'text or number', layout: 'YYYYMMDD' },
  'YYYY-MM-DD': { kept: 'text', layout: 'YYYY-MM-DD' },
  'YYYY/MM/DD': { kept: 'text', layout: 'YYYY/MM/DD' },
  'YYYY/M/D': { kept: 'text', unordered: true },
  'YYYY-MM-DD HH:MM': { kept: 'text', layout: 'YYYY-MM-DD HH:mm' },
  'YYYY-MM-DD HH:MM:SS': { kept: 'text', layout: 'YYYY-MM-DD HH:mm:SS' },
  'YYYY-MM-DD HH:MM:SS.ffffff': { kept: 'text', layout: 'YYYY-MM-DD HH:mm:SS.ffffff' },
  'YYYY-MM-DDTHH:MM:SS': { kept: 'text', layout: 'YYYY-MM-DDTHH:mm:SS' },
  'YYYY/MM/DD HH:MM': { kept: 'text', layout: 'YYYY/MM/DD HH:mm' },
  'YYYY/MM/DD HH:MM:SS': { kept: 'text', layout: 'YYYY/MM/DD HH:mm:SS' },
  YYYYMMDDHHMM: { kept: 'text or number', layout: 'YYYYMMDDHHmm' },
  YYYYMMDDHHMMSS: { kept: 'text or number', layout: 'YYYYMMDDHHmmSS' },
  // As baostock writes it; as a number it would have more digits than a double keeps.
  YYYYMMDDHHMMSSfff: { kept: 'text', layout: 'YYYYMMDDHHmmSSfff' },
  /** A DATETIME column whose times are all midnight. */
  DATETIME: { kept: 'datetime', layout: 'YYYY-MM-DD HH:mm:SS' },
  'epoch-s': { kept: 'number', unitMs: 1_000 },
  'epoch-ms': { kept: 'number', unitMs: 1 },
  'epoch-s+08:00': { kept: 'number', unitMs: 1_000, aheadMs: CHINA_MS },
  'epoch-ms+08:00': { kept: 'number', unitMs: 1, aheadMs: CHINA_MS },
} as const satisfies Record<string, Format>

/**
 * How a column stores dates, such as `'YYYYMMDD'`.
 *
 * @example
 * ```ts
 * import type { DateFormat } from '@stockdb/contract'
 * const format: DateFormat = 'epoch-ms+08:00' // milliseconds since 1970, of clocks in China
 * ```
 */
export type DateFormat = keyof typeof formats

export const dateFormats: Readonly<Record<DateFormat, Format>> = formats

/** Whether a field of a type may be stored in a format: a date in any, a datetime in those with a time. */
export const takesFormat = (type: string, format: DateFormat): boolean =>
  type === 'date' || (type === 'datetime' && format !== 'DATETIME' && hasTime(format))

/** Whether a format has a time. */
export function hasTime(format: DateFormat): boolean {
  const { layout, unitMs } = dateFormats[format]
  return unitMs !== undefined || layout?.includes('HH') === true
}

/**
 * Whether an empty text, or the number 0, stands for no date in a format. In an epoch 0 is a date, and a DATETIME column has
 * nulls.
 */
export const hasEmpty = (format: DateFormat): boolean => {
  const { kept } = dateFormats[format]
  return kept === 'text' || kept === 'text or number'
}

/** The characters of the parts of a layout, by their letter: of `mm` in `YYYYMMDDHHmm` 10 and 12. */
export const partsOf = (layout: string): Readonly<Record<string, readonly [from: number, to: number]>> =>
  Object.fromEntries(
    [...layout.matchAll(/Y+|M+|D+|H+|m+|S+|f+/g)].map((part) => [
      part[0].charAt(0),
      [part.index, part.index + part[0].length] as const,
    ]),
  )

/** Behind a moment that a format has no digits for: a column of doubles would round more digits away. */
const BETWEEN = '.5'
/** Its values may have milliseconds behind them. */
const WITH_FRACTION: DateFormat = 'YYYY-MM-DD HH:MM:SS'

/**
 * A canonical date or datetime in the form in which a column stores it, to be written or compared. A moment that the
 * format has no digits for ends in `.5`, so that it is between its neighbours, as 09:35:30 in `YYYYMMDDHHMM`.
 */
export function writeDate(format: DateFormat, canonical: string): string {
  const { layout, unitMs, aheadMs = 0 } = dateFormats[format]
  if (unitMs !== undefined) {
    const ms = millisecondsOf(canonical.length === 10 ? `${canonical} 00:00:00` : canonical) - aheadMs
    return String(ms / unitMs)
  }
  // Compared as a text with hyphens.
  if (layout === undefined) return canonical
  const digits = digitsOf(canonical)
  const parts: Record<string, string> = {
    ...{ Y: digits.slice(0, 4), M: digits.slice(4, 6), D: digits.slice(6, 8), H: digits.slice(8, 10) },
    ...{ m: digits.slice(10, 12), S: digits.slice(12, 14), f: digits.slice(14) },
  }
  const written = layout.replaceAll(/Y+|M+|D+|H+|m+|S+|f+/g, (part) =>
    (parts[part.charAt(0)] as string).padEnd(part.length, '0').slice(0, part.length),
  )
  const rest = restOf(format, canonical)
  if (rest === '') return written
  return format === WITH_FRACTION ? `${written}.${rest}` : written + BETWEEN
}

/** Whether a format has digits for all of a canonical datetime. A column of an epoch may hold fractions of its unit. */
export const hasDigitsFor = (format: DateFormat, canonical: string): boolean =>
  format === WITH_FRACTION || restOf(format, canonical) === ''

/** The digits of a datetime for which a format has no place; empty if they are zeros. */
function restOf(format: DateFormat, canonical: string): string {
  const { layout } = dateFormats[format]
  if (!layout?.includes('HH')) return ''
  const rest = digitsOf(canonical).slice(layout.includes('f') ? 17 : layout.includes('S') ? 14 : 12)
  return /[1-9]/.test(rest) ? rest : ''
}

/** All 17 digits of a date or datetime to the millisecond. */
const digitsOf = (canonical: string): string => canonical.replaceAll(/\D/g, '').padEnd(17, '0')

/** Whether values of the format are compared as another text than they are, `YYYY-MM-DD`. */
export const isUnordered = (format: DateFormat | undefined): boolean =>
  format !== undefined && dateFormats[format].unordered === true

/** A day in milliseconds, and how far the days of an epoch are ahead of UTC. */
export const epochOf = (format: DateFormat): { readonly unitMs: number; readonly aheadMs: number } | undefined => {
  const { unitMs, aheadMs = 0 } = dateFormats[format]
  return unitMs === undefined ? undefined : { unitMs, aheadMs }
}

/** The longest text of a format. */
export const lengthOf = (format: DateFormat): number => {
  const { layout } = dateFormats[format]
  return format === 'YYYY-MM-DD HH:MM:SS' ? 23 : (layout?.length ?? 10)
}
