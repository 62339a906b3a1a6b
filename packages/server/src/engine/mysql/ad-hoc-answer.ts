import type { FieldTypeName } from '@stockdb/contract'
import { dateOf, daysOf, parseDecimal } from '@stockdb/contract/internal'
import { StockdbError } from '@stockdb/contract/wire'
import type { FieldPacket } from 'mysql2'
import type { AdHocAnswer, FieldOfColumn } from '../ad-hoc.ts'
import { columnNames } from '../ad-hoc-columns.ts'
import type { AdHocRows } from '../ad-hoc-rows.ts'
import { shortestOf } from '../single-precision.ts'
import { FLOAT } from './singles.ts'

/** Numbers of MySQL's protocol for the types of columns. */
const NUMBERS = new Set([1, 2, 3, 5, 9, 13])
const DECIMALS = new Set([0, 246])
const LONGLONG = 8
const DATES = new Set([10, 14])
const DATETIMES = new Set([7, 12, 17, 18])
const TEXTS = new Set([6, 11, 15, 19, 245, 247, 248, 249, 250, 251, 252, 253, 254])
const BIT = 16
const JSON_TYPE = 245
const TIME = 11
const NULL = 6
/** Number of the character set `binary`. */
const BINARY = 63
const INT64_MAX = 2n ** 63n - 1n
const YEAR_10000 = Date.parse('+010000-01-01T00:00:00Z')

/** Converts values of a column to the form for batches. */
interface Reading {
  readonly type: FieldTypeName
  read(value: unknown): unknown
}

const asItIs = (value: unknown): unknown => value

/** Types the columns from the database's metadata, and converts the values to the form for batches. */
export function answerOf(
  fields: readonly FieldPacket[],
  { rows, bytes }: AdHocRows,
  fieldOf: FieldOfColumn,
): AdHocAnswer {
  const names = columnNames(fields.map(({ name }) => name))
  const readings = fields.map((field, index) => readingOf(field, names[index] as string, rows, index, fieldOf))
  for (const row of rows) {
    for (let index = 0; index < readings.length; index++) {
      const value = row[index]
      row[index] = value === null ? null : readings[index]?.read(value)
    }
  }
  return {
    columns: readings.map(({ type }, index) => ({ name: names[index] as string, type, nullable: true })),
    rows,
    bytes,
  }
}

function readingOf(
  field: FieldPacket,
  name: string,
  rows: readonly unknown[][],
  index: number,
  fieldOf: FieldOfColumn,
): Reading {
  const type = field.columnType ?? field.type ?? NULL
  // Tables of other databases that are served are named with them.
  const declared = fieldOf(`${field.schema}.${field.orgTable}`, field.orgName) ?? fieldOf(field.orgTable, field.orgName)
  if (NUMBERS.has(type)) return { type: declared?.type === 'bool' ? 'bool' : 'float64', read: asItIs }
  if (type === FLOAT)
    return { type: 'float64', read: declared?.exact ? asItIs : (value) => shortestOf(value as number) }
  if (DECIMALS.has(type)) return { type: 'float64', read: (value) => parseDecimal(value as string) }
  if (type === LONGLONG) {
    // BIGINT UNSIGNED may be larger: then all digits, as text.
    const large = rows.some((row) => typeof row[index] === 'string' && BigInt(row[index]) > INT64_MAX)
    return large ? { type: 'text', read: String } : { type: 'int64', read: asItIs }
  }
  if (type === BIT) return { type: 'float64', read: bits }
  if (DATES.has(type)) return { type: 'date', read: (value) => days(name, String(value)) }
  if (DATETIMES.has(type)) return { type: 'datetime', read: (value) => milliseconds(name, String(value)) }
  if (TEXTS.has(type) && (field.characterSet !== BINARY || type === JSON_TYPE || type === TIME || type === NULL)) {
    return { type: declared?.type === 'symbol' ? 'symbol' : 'text', read: String }
  }
  throw new StockdbError('QUERY_REFUSED', `sql: the column ${name} holds bytes, not text: select hex(…) of it`)
}

function bits(value: unknown): unknown {
  return value instanceof Uint8Array ? value.reduce((sum, byte) => sum * 256 + byte, 0) : value
}

/** Days since 1970; 0000-00-00 is null. */
function days(name: string, text: string): number | null {
  if (text.startsWith('0000-00-00')) return null
  const value = daysOf(text.slice(0, 10))
  // MariaDB accepts '2024-02-30' as a date.
  return Number.isInteger(value) && dateOf(value) === text.slice(0, 10) ? value : noDate(name, text)
}

/** Milliseconds since 1970, rounded. */
function milliseconds(name: string, text: string): number | null {
  if (text.startsWith('0000-00-00')) return null
  const [, whole = '', fraction = ''] = /^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)(\.\d+)?$/.exec(text) ?? []
  const value = Date.parse(`${whole.replace(' ', 'T')}Z`) + Math.round(Number(fraction || 0) * 1_000)
  const day = text.slice(0, 10)
  // Rounding may reach the year 10000, which is out of range.
  const fits = Number.isInteger(value) && value < YEAR_10000 && dateOf(daysOf(day)) === day
  return fits ? value : noDate(name, text)
}

function noDate(name: string, text: string): never {
  throw new StockdbError(
    'QUERY_REFUSED',
    `sql: the column ${name} holds "${text}", which is not a date: cast it as char`,
  )
}
