import type { DateFormat, FieldTypeName } from '@stockdb/contract'
import { looksLikeDates, textDatesIn } from './date-forms.ts'

/** How a column is read, or why it is not. */
export type ColumnReading =
  | { readonly type: FieldTypeName; readonly dateFormat?: DateFormat; readonly notes: readonly string[] }
  | { readonly leftOut: string }

export const plain = (type: FieldTypeName, ...notes: string[]): ColumnReading => ({ type, notes })

export function readFlag(sample: readonly unknown[]): ColumnReading {
  const isFlag = sample.every((value) => value === null || Number(value) === 0 || Number(value) === 1)
  return isFlag
    ? plain('bool', `guessed: ${sample.length > 0 ? 'it contains only 0 and 1' : 'by its type'}`)
    : plain('int32')
}

export function readInteger(type: 'int32' | 'int64', sample: readonly unknown[]): ColumnReading {
  const values = sample.filter((value) => value !== null).map(String)
  const dates = textDatesIn(values.map((value) => (value === '0' ? '' : value)))
  if (dates?.form === 'YYYYMMDD')
    return { type: 'date', dateFormat: dates.form, notes: ['guessed: its numbers are dates'] }
  return plain(type)
}

export function readText(sample: readonly unknown[]): ColumnReading {
  const texts = sample.map(String)
  const dates = textDatesIn(texts)
  if (dates) return { type: dates.type, dateFormat: dates.form, notes: [`guessed: its texts are ${dates.type}s`] }
  return looksLikeDates(texts)
    ? plain('text', 'it looks like dates, but not all in one comparable format: kept as text')
    : plain('text')
}
