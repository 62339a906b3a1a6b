import type { FieldTypeName } from '@stockdb/contract'
import { dateFormats } from '@stockdb/contract/internal'
import { type ColumnReading, plain, readFlag, readNumber, readText } from '../column-reading.ts'
import { type ColumnTypes, readableBy } from '../column-types.ts'

/** The types of a STRICT table. */
const types: Readonly<Record<FieldTypeName, 'TEXT' | 'INTEGER' | 'ANY'>> = {
  text: 'TEXT',
  symbol: 'TEXT',
  date: 'TEXT',
  datetime: 'TEXT',
  // Not REAL: a column of that affinity stores −0 as the integer 0 and loses the sign.
  float64: 'ANY',
  int32: 'INTEGER',
  int64: 'INTEGER',
  bool: 'INTEGER',
}

/** Type names without affinity, for which a number never equals a text. */
const WITHOUT_AFFINITY = /^(?:any|.*blob.*|)$/i
const NUMERIC = /int|real|floa|doub|num|dec|bool|date/i

export const sqliteColumnTypes: ColumnTypes = {
  declared: ({ type, dateFormat, numberFormat, symbolFormat }) => {
    if (numberFormat !== undefined) return 'TEXT'
    if (symbolFormat !== undefined && symbolFormat !== 'code+exchange') return 'INTEGER'
    if (dateFormat === undefined) return types[type]
    return dateFormats[dateFormat].kept === 'number' ? 'INTEGER' : 'TEXT'
  },
  isDeclared: (field, found) => found.toUpperCase() === sqliteColumnTypes.declared(field),
  // All comparisons are bytewise.
  collation: () => undefined,
  isLoose: (collation) => collation.toUpperCase() !== 'BINARY',
  isReadable: readableBy({
    float64: /^(any|real|double|float|numeric|decimal.*|)$/i,
    int32: /^(int|integer)$/i,
    int64: /^(int|integer|bigint)$/i,
    bool: /^(int|integer|boolean)$/i,
    date: /^(text|date)$/i,
    datetime: /^(text|datetime)$/i,
    symbol: /^(text|(var)?char.*)$/i,
    text: /^(text|(var)?char.*)$/i,
  }),
  binding: false,
  isSingle: () => false,
  // A column of integers keeps fractions.
  places: () => undefined,
  roundsBeside: () => false,
  textDate: (_field, found) => ({ numeric: NUMERIC.test(found) && !WITHOUT_AFFINITY.test(found) }),
}

/**
 * How to read a column of SQLite. SQLite does not enforce declared types, so values decide if there are any; integers
 * are expected as bigints.
 */
export function readSqliteColumn(columnType: string, sample: readonly unknown[], column: string): ColumnReading {
  const declared = columnType.toUpperCase()
  const values = sample.filter((value) => value !== null)
  if (values.some((value) => value instanceof Uint8Array)) return { leftOut: 'it holds bytes' }
  const texts = values.filter((value) => typeof value === 'string')
  const isNumeric = /REAL|FLOA|DOUB|DEC|NUM/.test(declared)
  if (values.length === 0) return readEmpty(declared, isNumeric)
  if (texts.length === values.length) return readText(texts, column)
  if (texts.length > 0) return plain('text', 'guessed: it holds both texts and numbers')
  if (isNumeric || values.some((value) => typeof value === 'number')) return readNumber('float64', values)
  return /BOOL/.test(declared) ? readFlag(values) : readNumber('int64', values)
}

function readEmpty(declared: string, isNumeric: boolean): ColumnReading {
  if (/BOOL/.test(declared)) return plain('bool')
  if (/INT/.test(declared)) return plain('int64')
  if (/CHAR|CLOB|TEXT/.test(declared)) return plain('text')
  if (isNumeric) return plain('float64')
  if (/DATETIME|TIMESTAMP/.test(declared)) return plain('datetime', 'guessed: there are no values')
  if (/DATE/.test(declared)) return plain('date', 'guessed: there are no values')
  if (/BLOB/.test(declared)) return { leftOut: 'bytes are not text' }
  return plain('text', 'guessed: it has neither a type nor values')
}
