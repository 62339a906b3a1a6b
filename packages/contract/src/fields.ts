import type { DateFormat } from './date-formats.ts'
import { LAST_DATE, parseDate, parseDatetime } from './dates.ts'
import { parseDecimal, parseWhole } from './numbers.ts'
import type { SymbolFormat } from './symbol-formats.ts'

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

/** How a column stores a number: as a text. */
export type NumberFormat = 'text'

/**
 * The declaration of a column; a builder such as `float64` makes it.
 *
 * @example
 * ```ts
 * import { float64 } from '@stockdb/contract'
 * const close = float64('Closing price', { unit: 'CNY' }) // Field<'float64', true>
 * ```
 */
export interface Field<Type extends FieldTypeName = FieldTypeName, Nullable extends boolean = boolean> {
  /** The type of the values. */
  readonly type: Type
  /** Whether a value may be null; `.required()` makes it `false`. */
  readonly nullable: Nullable
  /** One line of description. */
  readonly description: string
  /**
   * The unit of a number: `CNY`, `percent`, `lots of 100 shares`.
   *
   * @example
   * ```ts
   * import { float64 } from '@stockdb/contract'
   * const volume = float64('Volume', { unit: 'lots of 100 shares' })
   * ```
   */
  readonly unit?: string
  /**
   * The most characters that a text may have.
   *
   * @default 255
   * @example
   * ```ts
   * import { text } from '@stockdb/contract'
   * const name = text('Short name', { length: 64 })
   * ```
   */
  readonly length?: number
  /**
   * The name of the column in the database.
   *
   * @default the name of the field
   * @example
   * ```ts
   * import { symbol } from '@stockdb/contract'
   * const code = symbol.required('Code of the stock', { column: '股票代码' })
   * ```
   */
  readonly column?: string
  /**
   * How the column stores the date, unless it is a DATE, or a DATETIME for a datetime.
   *
   * @default the column is a DATE or DATETIME
   * @example
   * ```ts
   * import { date } from '@stockdb/contract'
   * const day = date.required('Day', { dateFormat: 'YYYYMMDD' }) // '20240628' or 20240628
   * ```
   */
  readonly dateFormat?: DateFormat
  /**
   * `'text'`: the column stores a number, or true and false, as a text; an empty text is null.
   *
   * @default the column stores numbers
   * @example
   * ```ts
   * import { float64 } from '@stockdb/contract'
   * const close = float64('Closing price', { numberFormat: 'text' }) // '9.1000000000'
   * ```
   */
  readonly numberFormat?: NumberFormat
  /**
   * How the column stores the code, unless it is the code itself.
   *
   * `'number'` reads 1 as 000001, `'number+exchange'` reads it as 000001.SZ, and `'code+exchange'` reads the text 000001 so. The exchange
   * follows from the first digits, by the rules of stocks and funds on the mainland; indexes share codes with stocks, so leave it off them.
   *
   * @default the column stores the code
   * @example
   * ```ts
   * import { symbol } from '@stockdb/contract'
   * const code = symbol.required('Code', { symbolFormat: 'number+exchange' }) // 1 is 000001.SZ
   * ```
   */
  readonly symbolFormat?: SymbolFormat
  /**
   * Reads a FLOAT column as exactly its four bytes, or, on a text, a DECIMAL column with all its digits.
   *
   * By default a FLOAT is read as its shortest decimal, 10.52 instead of 10.520000457763672, and a filter's value is rounded to the
   * nearest FLOAT.
   *
   * @default false
   * @example
   * ```ts
   * import { text } from '@stockdb/contract'
   * const value = text('Net value, all digits', { exact: true })
   * ```
   */
  readonly exact?: boolean
}

/** Options of a field: `unit`, `length`, `column`, `dateFormat`, `numberFormat`, `symbolFormat`, `exact`. */
type FieldOptions = Pick<Field, 'unit' | 'length' | 'column' | 'dateFormat' | 'numberFormat' | 'symbolFormat' | 'exact'>

type Declare<Type extends FieldTypeName> = {
  /**
   * Declares a field that may be null.
   *
   * @param description - one line of description
   * @param options - unit, column, format
   * @example
   * ```ts
   * import { float64 } from '@stockdb/contract'
   * const pe = float64('Price to earnings; null for a loss')
   * ```
   */
  (description: string, options?: FieldOptions): Field<Type, true>
  /**
   * Declares a field that is never null.
   *
   * @param description - one line of description
   * @param options - unit, column, format
   * @example
   * ```ts
   * import { date } from '@stockdb/contract'
   * const day = date.required('Trading day')
   * ```
   */
  required(description: string, options?: FieldOptions): Field<Type, false>
}

function declare<Type extends FieldTypeName>(type: Type): Declare<Type> {
  return Object.assign(
    (description: string, options: FieldOptions = {}): Field<Type, true> => ({
      type,
      nullable: true,
      description,
      ...options,
    }),
    {
      required: (description: string, options: FieldOptions = {}): Field<Type, false> => ({
        type,
        nullable: false,
        description,
        ...options,
      }),
    },
  )
}

/**
 * A text field: `string` in rows, an array in frames, null stays null.
 *
 * @example
 * ```ts
 * import { text } from '@stockdb/contract'
 * const name = text('Short name of the company', { length: 64 })
 * ```
 */
export const text: Declare<'text'> = declare('text')
/**
 * A field for codes: 1 to 32 visible ASCII characters, sent as a dictionary.
 *
 * @example
 * ```ts
 * import { symbol } from '@stockdb/contract'
 * const code = symbol.required('Code with its exchange, such as 600519.SH')
 * ```
 */
export const symbol: Declare<'symbol'> = declare('symbol')
/**
 * A date field: `YYYY-MM-DD` in rows and frames, from 1000-01-01 to 9999-12-31.
 *
 * @example
 * ```ts
 * import { date } from '@stockdb/contract'
 * const announced = date('Day of the announcement')
 * ```
 */
export const date: Declare<'date'> = declare('date')
/**
 * A datetime field: `YYYY-MM-DD HH:MM:SS[.mmm]`, without a zone.
 *
 * @example
 * ```ts
 * import { datetime } from '@stockdb/contract'
 * const time = datetime.required('End of the bar, in China')
 * ```
 */
export const datetime: Declare<'datetime'> = declare('datetime')
/**
 * A field of doubles: a `Float64Array` in frames, with NaN for null.
 *
 * @example
 * ```ts
 * import { float64 } from '@stockdb/contract'
 * const close = float64('Closing price', { unit: 'CNY' })
 * ```
 */
export const float64: Declare<'float64'> = declare('float64')
/**
 * A field of 32-bit integers: an `Int32Array`, or an array with nulls if it is nullable.
 *
 * @example
 * ```ts
 * import { int32 } from '@stockdb/contract'
 * const rank = int32.required('Rank on the day, 1 the best')
 * ```
 */
export const int32: Declare<'int32'> = declare('int32')
/**
 * A field of 64-bit integers: a `BigInt64Array` of bigints; text in JSON.
 *
 * @example
 * ```ts
 * import { int64 } from '@stockdb/contract'
 * const shares = int64('Shares outstanding', { unit: 'shares' })
 * ```
 */
export const int64: Declare<'int64'> = declare('int64')
/**
 * A field of booleans: an array of booleans, null stays null.
 *
 * @example
 * ```ts
 * import { bool } from '@stockdb/contract'
 * const open = bool.required('Whether the exchange is open')
 * ```
 */
export const bool: Declare<'bool'> = declare('bool')

interface Scalars {
  text: string
  symbol: string
  date: string
  datetime: string
  float64: number
  int32: number
  int64: bigint
  bool: boolean
}

interface Vectors {
  text: string[]
  symbol: string[]
  date: string[]
  datetime: string[]
  float64: Float64Array
  int32: Int32Array
  int64: BigInt64Array
  bool: boolean[]
}

/** The value of a field in a row: null is NaN for float64, otherwise null. */
export type ValueOf<F extends Field> = F['type'] extends 'float64'
  ? number
  : F['nullable'] extends false
    ? Scalars[F['type']]
    : Scalars[F['type']] | null

/** The column of a field in a frame. */
export type ColumnOf<F extends Field> = F['type'] extends 'float64'
  ? Float64Array
  : F['nullable'] extends false
    ? Vectors[F['type']]
    : (Scalars[F['type']] | null)[]

/** A value in the form that the engines store: dates in their canonical text, null for null. */
export type StoredValue = string | number | bigint | boolean | null
