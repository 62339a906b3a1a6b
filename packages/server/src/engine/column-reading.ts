import type { DateFormat, FieldTypeName, NumberFormat } from '@stockdb/contract'
import { parseDecimal } from '@stockdb/contract/internal'
import { looksLikeDates, numberDatesIn, textDatesIn } from './date-forms.ts'

/** How a column is read, or why it is not. */
export type ColumnReading =
  | {
      readonly type: FieldTypeName
      readonly dateFormat?: DateFormat
      readonly numberFormat?: NumberFormat
      readonly notes: readonly string[]
    }
  | { readonly leftOut: string }

export const plain = (type: FieldTypeName, ...notes: string[]): ColumnReading => ({ type, notes })

export function readFlag(sample: readonly unknown[]): ColumnReading {
  const isFlag = sample.every((value) => value === null || Number(value) === 0 || Number(value) === 1)
  return isFlag
    ? plain('bool', `guessed: ${sample.length > 0 ? 'it contains only 0 and 1' : 'by its type'}`)
    : plain('int32')
}

/** Numbers: dates that are written as such, else what the type says. */
export function readNumber(type: 'int32' | 'int64' | 'float64', sample: readonly unknown[]): ColumnReading {
  const dates = numberDatesIn(sample.filter((value) => value !== null).map(String))
  if (!dates) return plain(type)
  return { type: dates.type, dateFormat: dates.form, notes: [`guessed: numbers that are ${dates.type}s`] }
}

/** Names of columns of numbers and of flags, so that digits in a text are not taken for a code. */
const NUMBER_NAMES =
  /^(open|high|low|close|pre_?close|price|vol(ume)?|amount|turn(over)?(_?rate)?|pct_?chg|change|pe|pb|ps|.*(factor|_?ttm|mrq))$|[量额价率]$/i
const FLAG_NAMES = /^is_?[a-z]+$/i
const FLAG = /^(0|1|true|false|0\.0|1\.0)$/i

export function readText(sample: readonly unknown[], column = ''): ColumnReading {
  const texts = sample.map(String)
  const given = texts.filter((text) => text !== '')
  const dates = textDatesIn(texts)
  if (dates) return { type: dates.type, dateFormat: dates.form, notes: [`guessed: texts that are ${dates.type}s`] }
  if (looksLikeDates(texts))
    return plain('text', 'it looks like dates, but not all in one form that can be read: left as text')
  if (given.length === 0) return plain('text')
  if (FLAG_NAMES.test(column) && given.every((text) => FLAG.test(text)))
    return { type: 'bool', numberFormat: 'text', notes: ['guessed: texts that are true or false'] }
  const areNumbers = given.every((text) => parseDecimal(text) !== undefined && !/^0\d/.test(text))
  if (areNumbers && (NUMBER_NAMES.test(column) || given.some((text) => text.includes('.'))))
    return { type: 'float64', numberFormat: 'text', notes: ['guessed: texts that are numbers'] }
  return plain('text')
}

/** Datetimes: if all times are midnight, they are dates. `ofDatabase` says whether the database has a type for them. */
export function readDatetime(sample: readonly unknown[], note?: string): ColumnReading {
  const times = sample
    .filter((value) => value !== null)
    .map((value) => /^0000|[ T](.*)$/.exec(String(value))?.[1] ?? '')
  const isMidnight = times.length > 0 && times.every((time) => /^[0:.]*$/.test(time))
  const notes = note === undefined ? [] : [note]
  return isMidnight
    ? { type: 'date', dateFormat: 'DATETIME', notes: [...notes, 'guessed: every time in it is midnight'] }
    : { type: 'datetime', notes }
}
