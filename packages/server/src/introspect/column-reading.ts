import type { FieldTypeName, StoredForm } from '@stockdb/contract'
import { looksLikeDates, textDatesIn } from './text-dates.ts'

/** How a column is read, or why it is not. */
export type ColumnReading =
  | { readonly type: FieldTypeName; readonly stored?: StoredForm; readonly notes: readonly string[] }
  | { readonly leftOut: string }

/** Significant digits that a double keeps of any decimal number. */
const DOUBLE_DIGITS = 15

const plain = (type: FieldTypeName, ...notes: string[]): ColumnReading => ({ type, notes })

/** How a column of MySQL or MariaDB is read, by its type and, where that leaves it open, by some of its values. */
export function readMysqlColumn(columnType: string, sample: readonly unknown[]): ColumnReading {
  const [base = ''] = /^[a-z0-9]+/.exec(columnType) ?? []
  switch (base) {
    case 'double':
    case 'real':
      return plain('float64')
    case 'float':
      return plain('float64', 'FLOAT: read as the shortest decimal of its 4 bytes; { exact: true } gives the bytes')
    case 'decimal':
    case 'numeric':
      return readDecimal(columnType)
    case 'tinyint':
      if (columnType.startsWith('tinyint(1)') && !columnType.includes('unsigned')) return readFlag(sample)
      return plain('int32')
    case 'smallint':
    case 'mediumint':
    case 'year':
      return plain('int32')
    case 'int':
      return readInteger(columnType.includes('unsigned') ? 'int64' : 'int32', sample)
    case 'bigint':
      return readInteger('int64', sample)
    case 'bit':
      return columnType === 'bit(1)' ? plain('bool') : { leftOut: 'bits are no number' }
    case 'date':
    case 'datetime':
      return plain(base)
    case 'timestamp':
      return plain('datetime', 'TIMESTAMP: read in UTC')
    case 'time':
      return plain('text', 'TIME: read as text')
    case 'char':
    case 'varchar':
    case 'tinytext':
    case 'text':
    case 'mediumtext':
    case 'longtext':
      return readText(sample.filter((value) => typeof value === 'string'))
    case 'enum':
    case 'set':
      return plain('text')
    default:
      return { leftOut: `there is no field type for ${base}` }
  }
}

/**
 * How a column of SQLite is read. There a type is a word that binds nobody, so values decide where there are any; whole
 * numbers are expected as bigints.
 */
export function readSqliteColumn(columnType: string, sample: readonly unknown[]): ColumnReading {
  const declared = columnType.toUpperCase()
  const values = sample.filter((value) => value !== null)
  if (values.some((value) => value instanceof Uint8Array)) return { leftOut: 'it holds bytes' }
  const texts = values.filter((value) => typeof value === 'string')
  const isNumeric = /REAL|FLOA|DOUB|DEC|NUM/.test(declared)
  if (values.length === 0) return readEmpty(declared, isNumeric)
  if (texts.length === values.length) return readText(texts)
  if (texts.length > 0) return plain('text', 'guessed: it holds both texts and numbers')
  if (isNumeric || values.some((value) => typeof value === 'number')) return plain('float64')
  return /BOOL/.test(declared) ? readFlag(values) : readInteger('int64', values)
}

function readEmpty(declared: string, isNumeric: boolean): ColumnReading {
  if (/BOOL/.test(declared)) return plain('bool')
  if (/INT/.test(declared)) return plain('int64')
  if (/CHAR|CLOB|TEXT/.test(declared)) return plain('text')
  if (isNumeric) return plain('float64')
  if (/DATETIME|TIMESTAMP/.test(declared)) return plain('datetime', 'guessed: there are no values to look at')
  if (/DATE/.test(declared)) return plain('date', 'guessed: there are no values to look at')
  if (/BLOB/.test(declared)) return { leftOut: 'bytes are no text' }
  return plain('text', 'guessed: it has neither a type nor values')
}

function readDecimal(columnType: string): ColumnReading {
  const digits = Number(/\((\d+)/.exec(columnType)?.[1] ?? 10)
  if (digits <= DOUBLE_DIGITS) return plain('float64')
  return plain(
    'float64',
    `${columnType}: read as a double, which keeps ${DOUBLE_DIGITS} digits; text(…, { stored: 'DECIMAL' }) keeps all`,
  )
}

function readFlag(sample: readonly unknown[]): ColumnReading {
  const isFlag = sample.every((value) => value === null || Number(value) === 0 || Number(value) === 1)
  return isFlag
    ? plain('bool', `guessed: ${sample.length > 0 ? 'nothing but 0 and 1 in it' : 'by its type'}`)
    : plain('int32')
}

function readInteger(type: 'int32' | 'int64', sample: readonly unknown[]): ColumnReading {
  const values = sample.filter((value) => value !== null).map(String)
  const dates = textDatesIn(values.map((value) => (value === '0' ? '' : value)))
  if (dates?.form === 'YYYYMMDD')
    return { type: 'date', stored: dates.form, notes: ['guessed: numbers that are dates'] }
  return plain(type)
}

function readText(sample: readonly unknown[]): ColumnReading {
  const texts = sample.map(String)
  const dates = textDatesIn(texts)
  if (dates) return { type: dates.type, stored: dates.form, notes: [`guessed: texts that are ${dates.type}s`] }
  return looksLikeDates(texts)
    ? plain('text', 'it looks like dates, but not all in one form that can be compared as it is: left as text')
    : plain('text')
}
