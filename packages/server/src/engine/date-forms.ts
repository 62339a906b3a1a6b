import type { DateFormat } from '@stockdb/contract'
import { CHINA_MS, hasTime, MS_PER_DAY } from '@stockdb/contract/internal'
import { daysOfStored, millisecondsOfStored } from './stored-dates.ts'

/** Formats of texts, in the order in which they are tried. */
const textFormats: readonly DateFormat[] = [
  ...(['YYYYMMDD', 'YYYY-MM-DD', 'YYYY/MM/DD', 'YYYY/M/D'] as const),
  ...(['YYYY-MM-DD HH:MM:SS', 'YYYY-MM-DD HH:MM:SS.ffffff', 'YYYY-MM-DD HH:MM', 'YYYY-MM-DDTHH:MM:SS'] as const),
  ...(['YYYY/MM/DD HH:MM:SS', 'YYYY/MM/DD HH:MM', 'YYYYMMDDHHMM', 'YYYYMMDDHHMMSS', 'YYYYMMDDHHMMSSfff'] as const),
]
const numberFormats: readonly DateFormat[] = ['YYYYMMDD', 'YYYYMMDDHHMM', 'YYYYMMDDHHMMSS']

/** A form in which dates are kept. */
export interface TextDates {
  readonly type: 'date' | 'datetime'
  readonly form: DateFormat
}

const YEAR = /^(19|20)\d\d/

/** The one form that all these texts have; an empty text stands for no date. If all times are midnight, they are dates. */
export const textDatesIn = (texts: readonly string[]): TextDates | undefined => datesIn(texts, textFormats)

/** The one form that all these whole numbers have, written as texts; 0 stands for no date. */
export const numberDatesIn = (numbers: readonly string[]): TextDates | undefined =>
  datesIn(
    numbers.filter((number) => number !== '0'),
    numberFormats,
  ) ?? epochsIn(numbers)

function datesIn(texts: readonly string[], formats: readonly DateFormat[]): TextDates | undefined {
  const given = texts.filter((text) => text !== '')
  if (given.length === 0 || !given.every((text) => YEAR.test(text))) return undefined
  const isDate = (form: DateFormat): boolean => given.every((text) => daysOfStored(text, form) !== undefined)
  const isMoment = (form: DateFormat): boolean =>
    hasTime(form) && given.every((text) => millisecondsOfStored(text, form) !== undefined)
  const form = formats.find((one) => isDate(one) || isMoment(one))
  return form && { form, type: isDate(form) ? 'date' : 'datetime' }
}

/** From 1990 to 2100, in seconds. */
const EPOCHS = { from: 631_152_000, to: 4_102_444_800 }

/**
 * Seconds or milliseconds since 1970: whole numbers that are all between 1990 and 2100. The times of
 * day show the time zone: markets are closed at night.
 */
function epochsIn(numbers: readonly string[]): TextDates | undefined {
  const values = numbers.map(Number)
  if (values.length === 0 || !values.every(Number.isInteger)) return undefined
  const unitMs = [1_000, 1].find((unit) =>
    values.every((value) => value * unit >= EPOCHS.from * 1_000 && value * unit < EPOCHS.to * 1_000),
  )
  if (unitMs === undefined) return undefined
  const form = unitMs === 1 ? 'epoch-ms' : 'epoch-s'
  const times = (aheadMs: number): readonly number[] => values.map((value) => (value * unitMs + aheadMs) % MS_PER_DAY)
  const [utc, china] = [times(0), times(CHINA_MS)]
  if (utc.every((time) => time === 0)) return { form, type: 'date' }
  if (china.every((time) => time === 0)) return { form: `${form}+08:00`, type: 'date' }
  const inHours = (list: readonly number[]): boolean =>
    list.every((time) => time >= 9 * 3_600_000 && time <= 15.5 * 3_600_000)
  if (inHours(utc)) return { form, type: 'datetime' }
  return inHours(china) ? { form: `${form}+08:00`, type: 'datetime' } : undefined
}

/** Whether most of these texts look like dates, although they have no common readable format. */
export function looksLikeDates(texts: readonly string[]): boolean {
  const given = texts.filter((text) => text !== '')
  return (
    given.length > 0 && given.filter((text) => /^(19|20)\d\d([-/.年]?\d{1,2}){2}/.test(text)).length * 2 > given.length
  )
}
