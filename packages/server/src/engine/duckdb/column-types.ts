import type { FieldTypeName } from '@stockdb/contract'
import { dateFormats } from '@stockdb/contract/internal'
import { type ColumnReading, plain, readDatetime, readNumber, readText } from '../column-reading.ts'
import { type ColumnTypes, readableBy } from '../column-types.ts'

const types: Readonly<Record<FieldTypeName, string>> = {
  text: 'varchar',
  symbol: 'varchar',
  date: 'date',
  datetime: 'timestamp',
  float64: 'double',
  int32: 'integer',
  int64: 'bigint',
  bool: 'boolean',
}

const NUMERIC = /^(u?(tiny|small|big|huge)?int|integer|uinteger|double|float|decimal)/i

/** Collations that compare texts by their bytes. */
const BY_BYTES = /^(?:binary|c|posix)$/i

/** Lists, arrays and records, whose names may begin as those of their parts do: `INTEGER[]`. */
const NESTED = /\]$|^(struct|map|union)\b/i

const isReadable = readableBy({
  float64: /^(double|float|decimal|u?(tiny|small|big|huge)int|u?integer)\b/i,
  int32: /^(u?(tiny|small)int|integer)\b/i,
  int64: /^u?((tiny|small|big)int|integer)\b/i,
  bool: /^(boolean|u?tinyint)\b/i,
  date: /^date$/i,
  datetime: /^timestamp(_s|_ms|_ns| with time zone)?$/i,
  symbol: /^(varchar|enum)\b/i,
  text: /^(varchar|enum|time|uuid)\b/i,
})

export const duckdbColumnTypes: ColumnTypes = {
  declared: ({ type, dateFormat, numberFormat, symbolFormat, exact }) => {
    if (type === 'text' && exact) return 'decimal(38,10)'
    if (numberFormat !== undefined) return 'varchar'
    if (symbolFormat !== undefined && symbolFormat !== 'code+exchange') return 'integer'
    if (dateFormat === undefined) return types[type]
    const { kept } = dateFormats[dateFormat]
    if (kept === 'datetime') return 'timestamp'
    return kept === 'number' ? 'bigint' : 'varchar'
  },
  isDeclared: (field, found) => found.toLowerCase() === duckdbColumnTypes.declared(field),
  // Texts compare by their bytes unless a column says otherwise.
  collation: () => undefined,
  isLoose: (collation) => !BY_BYTES.test(collation),
  isReadable: (field, found) => !NESTED.test(found) && isReadable(field, found),
  binding: true,
  isSingle: (found) => /^float$/i.test(found),
  places: (found) => (/^(u?(tiny|small|big|huge)int|u?integer|timestamp_s)$/i.test(found) ? 0 : undefined),
  roundsBeside: (found, type) => type === 'datetime' && /^timestamp(_ns)?$/i.test(found),
  textDate: ({ dateFormat }, found) => {
    if (dateFormat === undefined) return undefined
    return dateFormat === 'DATETIME' ? { numeric: false, midnight: true } : { numeric: NUMERIC.test(found) }
  },
}

/** Significant digits that a double keeps of any decimal number. */
const DOUBLE_DIGITS = 15

/** How a column of DuckDB is read, by its type and, where that leaves it open, by some of its values. */
export function readDuckdbColumn(columnType: string, sample: readonly unknown[], column: string): ColumnReading {
  if (NESTED.test(columnType)) return noType(columnType)
  switch (/^[A-Z_ ]+/.exec(columnType.toUpperCase())?.[0].trim()) {
    case 'DOUBLE':
      return readNumber('float64', sample)
    case 'FLOAT':
      return plain('float64', 'FLOAT: read as the shortest decimal of its 4 bytes; { exact: true } gives the bytes')
    case 'DECIMAL':
      return readDecimal(columnType, sample)
    case 'TINYINT':
    case 'UTINYINT':
    case 'SMALLINT':
    case 'USMALLINT':
      return plain('int32')
    case 'INTEGER':
      return readNumber('int32', sample)
    case 'BIGINT':
      return readNumber('int64', sample)
    case 'UINTEGER':
    case 'UBIGINT':
      return plain('int64')
    // As which DuckDB gives the sum of whole numbers.
    case 'HUGEINT':
    case 'UHUGEINT':
      return plain('float64', `${columnType}: read as a double, which keeps ${DOUBLE_DIGITS} digits`)
    case 'BOOLEAN':
      return plain('bool')
    case 'DATE':
      return plain('date')
    case 'TIMESTAMP':
    case 'TIMESTAMP_S':
    case 'TIMESTAMP_MS':
    case 'TIMESTAMP_NS':
      return readDatetime(sample)
    case 'TIMESTAMP WITH TIME ZONE':
      return plain('datetime', 'TIMESTAMP WITH TIME ZONE: read in UTC')
    case 'VARCHAR':
      return readText(
        sample.filter((value) => typeof value === 'string'),
        column,
      )
    case 'ENUM':
    case 'UUID':
      return plain('text')
    case 'TIME':
      return plain('text', 'TIME: read as text')
    default:
      return noType(columnType)
  }
}

const noType = (columnType: string): ColumnReading => ({
  leftOut: `there is no field type for ${columnType.toLowerCase()}`,
})

function readDecimal(columnType: string, sample: readonly unknown[]): ColumnReading {
  const asDate = readNumber('float64', sample)
  if ('dateFormat' in asDate) return asDate
  const digits = Number(/\((\d+)/.exec(columnType)?.[1] ?? 18)
  if (digits <= DOUBLE_DIGITS) return plain('float64')
  return plain(
    'float64',
    `${columnType}: read as a double, which keeps ${DOUBLE_DIGITS} digits; text(…, { exact: true }) keeps all`,
  )
}
