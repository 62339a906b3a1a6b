import type { DateFormat } from './date-formats.ts'
import type { FieldTypeName } from './field-types.ts'
import type { SymbolFormat } from './symbol-formats.ts'
import type { ExchangeColumn } from './symbols/exchange-column.ts'

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
   * Where the exchange of the code is, if a column of its own has it. See {@link ExchangeColumn}.
   *
   * @default the column stores the code with its exchange
   * @example
   * ```ts
   * import { symbol } from '@stockdb/contract'
   * const code = symbol.required('Code', { column: 'symbol', exchange: { column: 'exchange', notation: 'vnpy' } })
   * ```
   */
  readonly exchange?: ExchangeColumn
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

/** Options of a field: `unit`, `length`, `column`, `dateFormat`, `numberFormat`, `symbolFormat`, `exchange`, `exact`. */
type FieldOptions = Pick<
  Field,
  'unit' | 'length' | 'column' | 'dateFormat' | 'numberFormat' | 'symbolFormat' | 'exchange' | 'exact'
>

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
 * const holders = int64('Number of shareholders')
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
