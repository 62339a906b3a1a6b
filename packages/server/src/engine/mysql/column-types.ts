import type { DateFormat, FieldTypeName } from '@stockdb/contract'
import { dateFormats, lengthOf, TEXT_LENGTH } from '@stockdb/contract/internal'
import { type ColumnReading, plain, readDatetime, readFlag, readNumber, readText } from '../column-reading.ts'
import { type ColumnTypes, readableBy } from '../column-types.ts'

const types: Readonly<Record<FieldTypeName, (length: number) => string>> = {
  text: (length) => `varchar(${length}) character set utf8mb4 collate utf8mb4_bin`,
  symbol: () => 'varchar(32) character set ascii collate ascii_bin',
  date: () => 'date',
  datetime: () => 'datetime(3)',
  float64: () => 'double',
  int32: () => 'int',
  int64: () => 'bigint',
  bool: () => 'tinyint(1)',
}

/** In which type a date of a format is kept. */
function storedType(format: DateFormat): string {
  const { kept } = dateFormats[format]
  if (kept === 'datetime') return 'datetime'
  return kept === 'number' ? 'bigint' : `varchar(${lengthOf(format)})`
}

/** The database reports the character set of a text only through its collation. */
const CHARACTER_SET = / character set \w+ collate /
/** Collations that compare bytewise, including trailing spaces. */
const BY_BYTES = /_(?:0900|nopad)_bin$/
const NUMERIC = /int|real|floa|doub|num|dec|bool|date/i

export const mysqlColumnTypes: ColumnTypes = {
  declared: ({ type, dateFormat, numberFormat, symbolFormat, exact, length = TEXT_LENGTH }) => {
    if (type === 'text' && exact) return 'decimal(38,10)'
    if (numberFormat !== undefined) return types.text(length)
    if (symbolFormat !== undefined && symbolFormat !== 'code+exchange') return 'int'
    return dateFormat === undefined ? types[type](length) : storedType(dateFormat)
  },
  isDeclared: (field, found) => {
    const [bare = ''] = mysqlColumnTypes.declared(field).split(CHARACTER_SET)
    // MariaDB reports `int` as `int(11)`; lengths of texts and precision of datetimes are significant.
    const isInteger = /^(tiny|small|medium|big)?int/.test(bare)
    const [one, other] = [found.toLowerCase(), bare].map((type) => (isInteger ? type.replace(/\(\d+\)$/, '') : type))
    return one === other
  },
  collation: (field) => mysqlColumnTypes.declared(field).split(CHARACTER_SET)[1],
  isLoose: (collation, made) => !BY_BYTES.test(collation) && !(made && collation.endsWith('_bin')),
  isReadable: readableBy({
    float64: /^(double|float|decimal|(tiny|small|medium|big)?int)\b/,
    int32: /^((tiny|small|medium)?int|year)\b/,
    int64: /^((tiny|small|medium|big)?int|year)\b/,
    bool: /^(tinyint|bit\(1\))/,
    date: /^date$/,
    datetime: /^(datetime|timestamp)\b/,
    symbol: /^((var)?char|(tiny|medium|long)?text|enum)\b/,
    text: /^((var)?char|(tiny|medium|long)?text|enum|set|time)\b/,
  }),
  binding: true,
  isSingle: (found) => /^float\b/.test(found),
  places: (found) => {
    if (/^(tiny|small|medium|big)?int\b/.test(found)) return 0
    const [, places] = /^(?:datetime|timestamp)(?:\((\d)\))?/.exec(found) ?? []
    return /^(datetime|timestamp)\b/.test(found) ? Number(places ?? 0) : undefined
  },
  roundsBeside: (found, type) => {
    if (type === 'float64') return /^(decimal|(tiny|small|medium|big)?int)\b/.test(found)
    // 24 is the year 2024 beside a YEAR.
    if (type === 'int32' || type === 'int64') return /^year\b/.test(found)
    return type === 'datetime' && /^(datetime|timestamp)\([456]\)/.test(found)
  },
  textDate: ({ dateFormat }, found) => {
    if (dateFormat === undefined) return undefined
    return dateFormat === 'DATETIME' ? { numeric: false, midnight: true } : { numeric: NUMERIC.test(found) }
  },
}

/** Significant decimal digits that every double preserves. */
const DOUBLE_DIGITS = 15

/** How a column of MySQL or MariaDB is read, by its type and, where that leaves it open, by some of its values. */
export function readMysqlColumn(columnType: string, sample: readonly unknown[], column: string): ColumnReading {
  const [base = ''] = /^[a-z0-9]+/.exec(columnType) ?? []
  switch (base) {
    case 'double':
    case 'real':
      return readNumber('float64', sample)
    case 'float':
      return plain('float64', 'FLOAT: read as the shortest decimal of its 4 bytes; { exact: true } gives the bytes')
    case 'decimal':
    case 'numeric':
      return readDecimal(columnType, sample)
    case 'tinyint':
      if (columnType.startsWith('tinyint(1)') && !columnType.includes('unsigned')) return readFlag(sample)
      return plain('int32')
    case 'smallint':
    case 'mediumint':
    case 'year':
      return plain('int32')
    case 'int':
      return readNumber(columnType.includes('unsigned') ? 'int64' : 'int32', sample)
    case 'bigint':
      return readNumber('int64', sample)
    case 'bit':
      return columnType === 'bit(1)' ? plain('bool') : { leftOut: 'several bits have no field type' }
    case 'date':
      return plain('date')
    case 'datetime':
      return readDatetime(sample)
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
      return readText(
        sample.filter((value) => typeof value === 'string'),
        column,
      )
    case 'enum':
    case 'set':
      return plain('text')
    default:
      return { leftOut: `there is no field type for ${base}` }
  }
}

function readDecimal(columnType: string, sample: readonly unknown[]): ColumnReading {
  const asDate = readNumber(
    'float64',
    sample.filter((value) => value !== null).map((value) => String(value).replace(/\.0+$/, '')),
  )
  if ('dateFormat' in asDate) return asDate
  const digits = Number(/\((\d+)/.exec(columnType)?.[1] ?? 10)
  if (digits <= DOUBLE_DIGITS) return plain('float64')
  return plain(
    'float64',
    `${columnType}: read as a double, which keeps ${DOUBLE_DIGITS} digits; text(…, { exact: true }) keeps all`,
  )
}
