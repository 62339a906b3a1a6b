import type { Field } from '@stockdb/contract'
import { fieldTypes, parseDate, parseDatetime, type StoredValue } from '@stockdb/contract/internal'

/** What pandas, SQL dumps and Excel write for a missing value. In a text field it is text. */
const MISSING = new Set(['NaN', 'nan', 'None', 'NULL', 'null', '\\N', 'NaT', '<NA>', '--'])
/** Missing in numbers and dates, but a code in text. */
const NO_NUMBER = new Set(['-', 'N/A', 'n/a', '#N/A', 'NA'])

const PARTED_DATE = /^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?=$|[ T])/
/** pandas writes dates as floats if some of them are missing. */
const FLOAT_DATE = /^(\d{8})\.0+$/
const MIDNIGHT = /^(.{8,10})[ T]0{1,2}:00(?::00(?:\.0+)?)?$/
/** Not `0,123`: that is a decimal comma. */
const GROUPED = /^[+-]?[1-9]\d{0,2}(?:,\d{3})+(?:\.\d+)?$/
const WORDS = new Map([
  ...['True', 'true', 'TRUE'].map((word) => [word, 1] as const),
  ...['False', 'false', 'FALSE'].map((word) => [word, 0] as const),
])
const FLAGS = new Map([
  ['1.0', true],
  ['0.0', false],
  ['TRUE', true],
  ['FALSE', false],
])

/** Whether a cell stands for a missing value. */
export const isMissing = ({ type }: Field, text: string): boolean =>
  text === '' || (type !== 'text' && (MISSING.has(text) || (type !== 'symbol' && NO_NUMBER.has(text))))

/** The value of a cell, in any common notation; `undefined` if it is invalid. */
export function readCell({ type }: Field, text: string): StoredValue | undefined {
  const value = fieldTypes[type].read(text)
  if (value !== undefined) return value
  switch (type) {
    case 'date':
      return readDate(text)
    case 'datetime':
      return parseDatetime(padded(text))
    case 'int32':
      // A flag stored as 0 and 1, as pandas writes it.
      return WORDS.get(text) ?? readGrouped(type, text)
    case 'float64':
    case 'int64':
      return readGrouped(type, text)
    case 'bool':
      return FLAGS.get(text)
    default:
      return undefined
  }
}

const readGrouped = (type: 'float64' | 'int32' | 'int64', text: string): StoredValue | undefined =>
  GROUPED.test(text) ? fieldTypes[type].read(text.replaceAll(',', '')) : undefined

/** `2024/1/2` as `2024-01-02`, with whatever follows. */
const padded = (text: string): string =>
  text.replace(PARTED_DATE, (_, year, month, day) => `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`)

function readDate(text: string): string | undefined {
  const whole = FLOAT_DATE.exec(text)?.[1] ?? padded(text)
  return parseDate(MIDNIGHT.exec(whole)?.[1] ?? whole)
}

/** How Excel marks a text so that it is not read as a number: `="600519.SH"`. */
const EXCEL_TEXT = /^="(.*)"$/s

/** The text inside Excel's marks, if a cell has them. */
export const withoutMarks = (text: string): string | undefined => EXCEL_TEXT.exec(text)?.[1]
