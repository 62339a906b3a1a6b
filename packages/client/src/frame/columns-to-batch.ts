import type { FieldTypeName } from '@stockdb/contract'
import type { Batch, FrameField, FrameHeader, FrameTrailer, Vector } from '@stockdb/contract/wire'
import { daysOf, millisecondsOf, parseDate, parseDatetime } from '@stockdb/contract/wire'
import type { ColumnInput, FrameInputOptions } from './frame-input.ts'
import { bitmap } from './take-rows.ts'

/** What a frame is made of. */
export interface FrameParts {
  readonly header: FrameHeader
  readonly batches: readonly Batch[]
  readonly trailer: FrameTrailer
}

/**
 * Makes a frame's parts of columns.
 *
 * @throws `RangeError` for columns of different lengths, `TypeError` for a value that does not fit its column
 */
export function columnsToBatch(
  columns: Readonly<Record<string, ColumnInput>>,
  { name = 'frame', symbol, date, units = {} }: FrameInputOptions<string> = {},
): FrameParts {
  const entries = Object.entries(columns)
  for (const [role, column] of Object.entries({ symbol, date }))
    if (column !== undefined && !Object.hasOwn(columns, column))
      throw new TypeError(`${role}: got "${column}"; expected a column: ${Object.keys(columns).join(', ')}`)
  const [first] = entries
  const numRows = first?.[1].length ?? 0
  for (const [column, { length }] of entries)
    if (length !== numRows)
      throw new RangeError(`${column}: got ${length} values; expected ${numRows}, as ${first?.[0]} has`)
  const fields: FrameField[] = []
  const vectors: Vector[] = []
  for (const [column, values] of entries) {
    const role = column === symbol ? 'symbol' : column === date ? 'date' : undefined
    const vector = vectorOf(column, values, role)
    const unit = Object.hasOwn(units, column) ? units[column] : undefined
    vectors.push(vector)
    fields.push({
      name: column,
      type: vector.type,
      // Doubles have NaN for null, so they may always be null.
      nullable: vector.type === 'float64' || vector.nullCount > 0,
      ...(unit === undefined ? {} : { unit }),
    })
  }
  const roles = { ...(symbol === undefined ? {} : { symbol }), ...(date === undefined ? {} : { date }) }
  return {
    header: { fields, meta: { dataset: name, ...roles, arguments: {} } },
    batches: [{ numRows, vectors }],
    trailer: { rows: numRows, complete: true },
  }
}

const TYPE_OF: Readonly<Record<string, FieldTypeName>> = {
  number: 'float64',
  bigint: 'int64',
  boolean: 'bool',
  string: 'text',
}

function vectorOf(name: string, column: ColumnInput, role: 'symbol' | 'date' | undefined): Vector {
  const none = { validity: undefined, nullCount: 0 }
  if (column instanceof Int32Array) return { type: 'int32', values: column, ...none }
  if (column instanceof BigInt64Array) return { type: 'int64', values: column, ...none }
  if (column instanceof Float64Array)
    return { type: 'float64', values: column, ...bitmap(column.length, (row) => !Number.isNaN(column[row])) }
  if (!Array.isArray(column))
    throw new TypeError(`${name}: got ${typeof column}; expected an array, Float64Array, Int32Array or BigInt64Array`)
  const sample = column.find((value) => value !== null)
  // Doubles are what a column without any value is usually meant to be.
  const type = role ?? (sample === undefined ? 'float64' : TYPE_OF[typeof sample])
  const expected = role ? 'string' : sample === undefined ? 'number' : typeof sample
  column.forEach((value, row) => {
    if (value !== null && (type === undefined || typeof value !== expected))
      throw new TypeError(
        `${name}[${row}]: got ${shown(value)}; expected ${type ? expected : 'text, a number, a bigint or a boolean'}`,
      )
  })
  const nulls = bitmap(column.length, (row) => column[row] !== null && !Number.isNaN(column[row]))
  switch (type) {
    case 'float64':
      return { type, values: Float64Array.from(column, (value) => (value as number | null) ?? Number.NaN), ...nulls }
    case 'int64':
      return { type, values: BigInt64Array.from(column, (value) => (value as bigint | null) ?? 0n), ...nulls }
    case 'bool':
      return { type, values: Uint8Array.from(column, (value) => (value ? 1 : 0)), ...nulls }
    case 'symbol':
      return { ...dictionaryOf(column as (string | null)[]), ...nulls }
    case 'date':
      return { ...datesOf(name, column as (string | null)[]), ...nulls }
    default:
      return { type: 'text', values: column as (string | null)[], ...nulls }
  }
}

const shown = (value: unknown): string => (typeof value === 'string' ? `"${value.slice(0, 40)}"` : String(value))

function dictionaryOf(texts: readonly (string | null)[]) {
  const codes = new Map<string, number>()
  const values = Int32Array.from(texts, (text) => {
    if (text === null) return 0
    const code = codes.get(text) ?? codes.size
    codes.set(text, code)
    return code
  })
  return { type: 'symbol' as const, values, dictionary: [...codes.keys()] }
}

/** Dates, or moments if one of the texts has a time. */
function datesOf(name: string, texts: readonly (string | null)[]) {
  const timed = texts.some((text) => text !== null && text.length > 10)
  const read = <Value>(parse: (text: string) => string | undefined, value: (text: string) => Value, none: Value) =>
    texts.map((text, row) => {
      if (text === null) return none
      const canonical = parse(text)
      if (canonical === undefined)
        throw new TypeError(`${name}[${row}]: got ${shown(text)}; expected a date as YYYY-MM-DD or YYYYMMDD`)
      return value(canonical)
    })
  if (!timed) return { type: 'date' as const, values: Int32Array.from(read(parseDate, daysOf, 0)) }
  const moments = read(
    (text) => parseDatetime(text.length > 10 ? text : `${text} 00:00`),
    (text) => BigInt(millisecondsOf(text)),
    0n,
  )
  return { type: 'datetime' as const, values: BigInt64Array.from(moments) }
}
