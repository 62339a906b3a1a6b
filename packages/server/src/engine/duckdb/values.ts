import type { DuckDBDataChunk, DuckDBVector } from '@duckdb/node-api'
import type { DateFormat } from '@stockdb/contract'
import { MS_PER_DAY } from '@stockdb/contract/internal'
import { LAST_DAY } from '../stored-dates.ts'

/** The type of a column of an answer, as its name begins: `DECIMAL(20,4)` is `DECIMAL`. */
export type Reader = (vector: DuckDBVector, row: number) => unknown

/** Whole numbers up to here are exact as doubles, and powers of ten up to this one. */
const MOST_EXACT = BigInt(Number.MAX_SAFE_INTEGER)
const EXACT_TENS = 22
const FIRST_DAY = -719_528

/**
 * How the values of a type are brought into the form in which `BatchBuilder` takes them: dates as days, moments as milliseconds,
 * truth as 0 and 1. What a field cannot hold, such as an infinite date, comes as a text, which is refused with its row.
 */
export function readerOf(type: string, dateFormat?: DateFormat): Reader {
  const read = plainReaderOf(type)
  if (dateFormat !== 'DATETIME') return read
  // Of a timestamp that is a date only its day counts; with another time than midnight it is refused.
  return (vector, row) => {
    const value = read(vector, row)
    if (typeof value !== 'number') return value
    return value % MS_PER_DAY === 0 ? value / MS_PER_DAY : String(vector.getItem(row))
  }
}

function plainReaderOf(type: string): Reader {
  switch (/^[A-Z_ ]+/.exec(type)?.[0].trim()) {
    case 'BOOLEAN':
      return (vector, row) => {
        const value = vector.getItem(row)
        return value === null ? null : Number(value)
      }
    case 'DATE':
      return (vector, row) => {
        const value = vector.getItem(row) as { readonly days: number } | null
        return value === null ? null : dayOrText(value.days, value)
      }
    case 'TIMESTAMP':
    case 'TIMESTAMP WITH TIME ZONE':
      return moments((value) => (value as { readonly micros: bigint }).micros, 1_000n)
    case 'TIMESTAMP_S':
      return moments((value) => (value as { readonly seconds: bigint }).seconds * 1_000n, 1n)
    case 'TIMESTAMP_MS':
      return moments((value) => (value as { readonly millis: bigint }).millis, 1n)
    case 'TIMESTAMP_NS':
      return moments((value) => (value as { readonly nanos: bigint }).nanos, 1_000_000n)
    case 'DECIMAL':
      return (vector, row) => {
        const value = vector.getItem(row) as { readonly value: bigint; readonly scale: number } | null
        return value === null ? null : numberOf(value)
      }
    case 'BLOB':
    case 'BIT':
    case 'GEOMETRY':
      return (vector, row) => (vector.getItem(row) === null ? null : Buffer.alloc(0))
    case 'TIME':
    case 'TIME WITH TIME ZONE':
    case 'INTERVAL':
    case 'UUID':
      return (vector, row) => {
        const value = vector.getItem(row)
        return value === null ? null : String(value)
      }
    case 'VARCHAR':
      return texts()
    default:
      return (vector, row) => vector.getItem(row)
  }
}

/** A vector of texts as it is in memory: 16 bytes each, the length and either the text itself, up to 12 bytes, or where it is. */
interface TextVector {
  readonly dataView: DataView
  readonly validity: { itemValid(row: number): boolean }
}
const TEXT_BYTES = 16
const INLINE_BYTES = 12
const BOM = '\ufeff'
const BOM_BYTES = 3

/** Texts: what is as short as a code is decoded once for all rows in which it follows itself. */
function texts(): Reader {
  let last = ''
  const parts = new Int32Array(4)
  return (vector, row) => {
    // They are private to the package, whose version is pinned, and a test would fail without them.
    const { dataView, validity } = vector as unknown as TextVector
    if (!validity.itemValid(row)) return null
    const at = row * TEXT_BYTES
    let isSame = true
    for (let part = 0; part < 4; part++) {
      const bytes = dataView.getInt32(at + part * 4, true)
      isSame &&= bytes === parts[part]
      parts[part] = bytes
    }
    const length = parts[0] as number
    if (isSame && length <= INLINE_BYTES) return last
    const text = vector.getItem(row) as string
    // The package decodes a text without the mark that may stand before it.
    const hasMark = text.length < length && Buffer.byteLength(text) === length - BOM_BYTES
    last = hasMark ? BOM + text : text
    return last
  }
}

/** As which DuckDB keeps infinite dates. The package shows them as dates. */
const INFINITE_DAYS = 2 ** 31 - 1

/** Days since 1970, where a date of four digits is meant. */
function dayOrText(days: number, value: object): unknown {
  if (Math.abs(days) === INFINITE_DAYS) return days > 0 ? 'infinity' : '-infinity'
  return days >= FIRST_DAY && days <= LAST_DAY ? days : String(value)
}

function moments(unitsOf: (value: unknown) => bigint, unitsPerMs: bigint): Reader {
  return (vector, row) => {
    const value = vector.getItem(row)
    if (value === null) return null
    const units = unitsOf(value)
    // Towards the nearest millisecond, of two the later one.
    const ms = Number(unitsPerMs === 1n ? units : floorDivide(units + unitsPerMs / 2n, unitsPerMs))
    return ms >= FIRST_DAY * MS_PER_DAY && ms < (LAST_DAY + 1) * MS_PER_DAY ? ms : String(value)
  }
}

const floorDivide = (a: bigint, b: bigint): bigint => (a >= 0n || a % b === 0n ? a / b : a / b - 1n)

/** The double that is nearest to a decimal. */
function numberOf({ value, scale }: { readonly value: bigint; readonly scale: number }): number {
  const size = value < 0n ? -value : value
  if (size <= MOST_EXACT && scale <= EXACT_TENS) return Number(value) / 10 ** scale
  const digits = String(size).padStart(scale + 1, '0')
  return Number(
    `${value < 0n ? '-' : ''}${digits.slice(0, digits.length - scale)}.${digits.slice(digits.length - scale)}`,
  )
}

/** Puts the rows of a chunk into `push` one by one; the row is filled again for the next one. */
export function pushRows(
  chunk: DuckDBDataChunk,
  readers: readonly Reader[],
  row: unknown[],
  from: number,
  push: (row: readonly unknown[]) => boolean,
): number {
  const { rowCount } = chunk
  const vectors = readers.map((_, index) => chunk.getColumnVector(index))
  for (let at = from; at < rowCount; at++) {
    for (let index = 0; index < readers.length; index++)
      row[index] = (readers[index] as Reader)(vectors[index] as DuckDBVector, at)
    if (push(row)) return at + 1
  }
  return rowCount
}
