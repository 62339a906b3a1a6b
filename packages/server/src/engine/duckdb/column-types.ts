import type { FieldTypeName } from '@stockdb/contract'
import { type ColumnReading, plain, readInteger, readText } from '../column-reading.ts'
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

/** Collations by which texts are told apart by their bytes. */
const BY_BYTES = /^(?:binary|c|posix)$/i

export const duckdbColumnTypes: ColumnTypes = {
  declared: ({ type, dateFormat, exact }) => {
    if (type === 'text' && exact) return 'decimal(38,10)'
    return dateFormat === undefined ? types[type] : 'varchar'
  },
  isDeclared: (field, found) => found.toLowerCase() === duckdbColumnTypes.declared(field),
  // Texts compare by their bytes unless a column says otherwise.
  collation: () => undefined,
  isLoose: (collation) => !BY_BYTES.test(collation),
  isReadable: readableBy({
    float64: /^(double|float|decimal|u?(tiny|small|big|huge)int|u?integer)\b/i,
    int32: /^(u?(tiny|small)int|integer)\b/i,
    int64: /^u?((tiny|small|big)int|integer)\b/i,
    bool: /^(boolean|u?tinyint)\b/i,
    date: /^date$/i,
    datetime: /^timestamp(_s|_ms|_ns| with time zone)?$/i,
    symbol: /^(varchar|enum)\b/i,
    text: /^(varchar|enum|time|uuid)\b/i,
  }),
  binding: true,
  isSingle: (found) => /^float$/i.test(found),
  textDate: ({ dateFormat }, found) => (dateFormat === undefined ? undefined : { numeric: /int/i.test(found) }),
}

/** Significant digits that a double keeps of any decimal number. */
const DOUBLE_DIGITS = 15

/** How a column of DuckDB is read, by its type and, where that leaves it open, by some of its values. */
export function readDuckdbColumn(columnType: string, sample: readonly unknown[]): ColumnReading {
  switch (/^[A-Z_ ]+/.exec(columnType.toUpperCase())?.[0].trim()) {
    case 'DOUBLE':
      return plain('float64')
    case 'FLOAT':
      return plain('float64', 'FLOAT: read as the shortest decimal of its 4 bytes; { exact: true } gives the bytes')
    case 'DECIMAL':
      return readDecimal(columnType)
    case 'TINYINT':
    case 'UTINYINT':
    case 'SMALLINT':
    case 'USMALLINT':
      return plain('int32')
    case 'INTEGER':
      return readInteger('int32', sample)
    case 'UINTEGER':
    case 'BIGINT':
    case 'UBIGINT':
      return readInteger('int64', sample)
    case 'BOOLEAN':
      return plain('bool')
    case 'DATE':
      return plain('date')
    case 'TIMESTAMP':
    case 'TIMESTAMP_S':
    case 'TIMESTAMP_MS':
    case 'TIMESTAMP_NS':
      return plain('datetime')
    case 'TIMESTAMP WITH TIME ZONE':
      return plain('datetime', 'TIMESTAMP WITH TIME ZONE: read in UTC')
    case 'VARCHAR':
      return readText(sample.filter((value) => typeof value === 'string'))
    case 'ENUM':
    case 'UUID':
      return plain('text')
    case 'TIME':
      return plain('text', 'TIME: read as text')
    default:
      return { leftOut: `there is no field type for ${columnType.toLowerCase()}` }
  }
}

function readDecimal(columnType: string): ColumnReading {
  const digits = Number(/\((\d+)/.exec(columnType)?.[1] ?? 18)
  if (digits <= DOUBLE_DIGITS) return plain('float64')
  return plain(
    'float64',
    `${columnType}: read as a double, which keeps ${DOUBLE_DIGITS} digits; text(…, { exact: true }) keeps all`,
  )
}
