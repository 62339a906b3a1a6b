import { LAST_DATE, parseDate, parseDatetime } from './dates.ts'
import { parseDecimal, parseWhole } from './numbers.ts'

/**
 * The field types, each declared once: how a value is checked and read from text, how Arrow stores it, and
 * what null becomes. The server's engines define how a database stores it.
 */
export interface FieldType<Value> {
  /** Reads a value of JSON into the form that the engines store; `undefined` if it is not one. */
  readonly fromJson: (value: unknown) => Value | undefined
  /** Reads a value from the text of a CSV cell; `undefined` if the text is not one. */
  readonly read: (text: string) => Value | undefined
  /** Description of valid values, for error messages. */
  readonly expected: string
  /** Type of the column in an Arrow schema, in Arrow's terms. */
  readonly arrow: string
  /** The JavaScript type of a column in frames, and the value of null. */
  readonly javascript: string
}

const DATE_EXPECTED = `a date as YYYY-MM-DD or YYYYMMDD, 1000-01-01 to ${LAST_DATE}`
const DATETIME_EXPECTED = 'a date and time as YYYY-MM-DD HH:MM:SS, optionally with milliseconds, without a zone'
/** A code: 1 to 32 visible ASCII characters. */
export const SYMBOL_FORM = /^[!-~]{1,32}$/
const INT64_MIN = -(2n ** 63n)
const INT64_MAX = 2n ** 63n - 1n
const BOOL_WORDS = new Map([
  ['0', false],
  ['1', true],
  ['false', false],
  ['true', true],
  ['False', false],
  ['True', true],
])

function readInt32(text: string): number | undefined {
  const value = parseWhole(text)
  return value !== undefined && value === BigInt.asIntN(32, value) ? Number(value) : undefined
}

function readInt64(text: string): bigint | undefined {
  const value = parseWhole(text)
  return value !== undefined && value >= INT64_MIN && value <= INT64_MAX ? value : undefined
}

const isText = (value: unknown): value is string => typeof value === 'string'

/** Reads a value that JSON holds as text. */
const fromText =
  <Value>(read: (text: string) => Value | undefined) =>
  (value: unknown): Value | undefined =>
    isText(value) ? read(value) : undefined

const readSymbol = (text: string): string | undefined => (SYMBOL_FORM.test(text) ? text : undefined)

/** An integer as a JSON number, or as text if it is too large for a double. */
function int64FromJson(value: unknown): bigint | undefined {
  if (Number.isSafeInteger(value)) return BigInt(value as number)
  return isText(value) ? readInt64(value) : undefined
}

export const fieldTypes = {
  text: {
    fromJson: (value) => (isText(value) ? value : undefined),
    read: (text) => text,
    expected: 'text',
    arrow: 'Utf8',
    javascript: 'string[]; null stays null',
  },
  symbol: {
    fromJson: fromText(readSymbol),
    read: readSymbol,
    expected: 'a code such as 600519.SH: 1 to 32 ASCII characters without spaces',
    arrow: 'Dictionary<Int32, Utf8>',
    javascript: 'string[]; null stays null',
  },
  date: {
    fromJson: fromText(parseDate),
    read: parseDate,
    expected: DATE_EXPECTED,
    arrow: 'Date<DAY>',
    javascript: 'string[] of YYYY-MM-DD; null stays null',
  },
  datetime: {
    fromJson: fromText(parseDatetime),
    read: parseDatetime,
    expected: DATETIME_EXPECTED,
    arrow: 'Timestamp<MILLISECOND>',
    javascript: 'string[] of YYYY-MM-DD HH:MM:SS[.mmm]; null stays null',
  },
  float64: {
    fromJson: (value) => (Number.isFinite(value) ? (value as number) : undefined),
    read: parseDecimal,
    expected: 'a number such as 10.52',
    arrow: 'Float64',
    javascript: 'Float64Array; null becomes NaN',
  },
  int32: {
    fromJson: (value) => (Number.isInteger(value) && value === ((value as number) | 0) ? (value as number) : undefined),
    read: readInt32,
    expected: 'a whole number from -2147483648 to 2147483647',
    arrow: 'Int32',
    javascript: 'Int32Array, or (number | null)[] if the field is nullable',
  },
  int64: {
    fromJson: int64FromJson,
    read: readInt64,
    expected: 'a whole number from -9223372036854775808 to 9223372036854775807',
    arrow: 'Int64',
    javascript: 'BigInt64Array, or (bigint | null)[] if the field is nullable; text in JSON',
  },
  bool: {
    fromJson: (value) => (typeof value === 'boolean' ? value : undefined),
    read: (text) => BOOL_WORDS.get(text),
    expected: '0, 1, true or false',
    arrow: 'Bool',
    javascript: 'boolean[]; null stays null',
  },
} as const satisfies {
  text: FieldType<string>
  symbol: FieldType<string>
  date: FieldType<string>
  datetime: FieldType<string>
  float64: FieldType<number>
  int32: FieldType<number>
  int64: FieldType<bigint>
  bool: FieldType<boolean>
}

/** The names of the field types. */
export type FieldTypeName = keyof typeof fieldTypes

/** Default maximum length of a text in characters. */
export const TEXT_LENGTH = 255

/** A value in the form that the engines store: dates in their canonical text, null for null. */
export type StoredValue = string | number | bigint | boolean | null
