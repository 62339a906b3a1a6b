import { type ColumnReading, plain, readFlag, readInteger, readText } from '../column-reading.ts'

/** Significant digits that a double keeps of any decimal number. */
const DOUBLE_DIGITS = 15

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

function readDecimal(columnType: string): ColumnReading {
  const digits = Number(/\((\d+)/.exec(columnType)?.[1] ?? 10)
  if (digits <= DOUBLE_DIGITS) return plain('float64')
  return plain(
    'float64',
    `${columnType}: read as a double, which keeps ${DOUBLE_DIGITS} digits; text(…, { stored: 'DECIMAL' }) keeps all`,
  )
}
