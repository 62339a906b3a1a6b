import type { DateFormat } from '@stockdb/contract'
import { parseDate, parseDatetime } from '@stockdb/contract/internal'

const forms: readonly (readonly [form: DateFormat, type: 'date' | 'datetime', fits: (text: string) => boolean])[] = [
  ['YYYYMMDD', 'date', (text) => /^(19|20)\d{6}$/.test(text) && parseDate(text) !== undefined],
  ['YYYY-MM-DD', 'date', (text) => parseDate(text) === text],
  ['YYYY-MM-DD HH:MM:SS', 'datetime', (text) => /^.{10} /.test(text) && parseDatetime(text) === text],
  [
    'YYYY-MM-DD HH:MM:SS.ffffff',
    'datetime',
    // Microseconds are rounded to milliseconds.
    (text) => /^.{10} .{8}\.\d{6}$/.test(text) && parseDatetime(text.slice(0, 23)) !== undefined,
  ],
]

/** A text format of dates. */
export interface TextDates {
  readonly type: 'date' | 'datetime'
  readonly form: DateFormat
}

/** The common format of all these texts; an empty text means null. */
export function textDatesIn(texts: readonly string[]): TextDates | undefined {
  const given = texts.filter((text) => text !== '')
  if (given.length === 0) return undefined
  const found = forms.find(([, , fits]) => given.every(fits))
  return found && { form: found[0], type: found[1] }
}

/** Whether most of these texts look like dates, although they have no common readable format. */
export function looksLikeDates(texts: readonly string[]): boolean {
  const given = texts.filter((text) => text !== '')
  return (
    given.length > 0 && given.filter((text) => /^(19|20)\d\d([-/.年]?\d{1,2}){2}/.test(text)).length * 2 > given.length
  )
}
