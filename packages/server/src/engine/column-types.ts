import type { Field, FieldTypeName } from '@stockdb/contract'
import { dateFormats } from '@stockdb/contract/internal'

/** The column types of a database, and what they guarantee about values. */
export interface ColumnTypes {
  /** The declared column type of a field, without nullability: `varchar(255) character set utf8mb4 …`. */
  declared(field: Field): string
  /** Whether a type, as the database reports it, equals the declared one, ignoring collations. */
  isDeclared(field: Field, found: string): boolean
  /** The declared collation of a text; `undefined` if columns have none. */
  collation(field: Field): string | undefined
  /**
   * Whether a collation treats texts with different bytes as equal. Keys of tables that stockdb `made` have no trailing
   * spaces, so those do not matter there.
   */
  isLoose(collation: string, made: boolean): boolean
  /** Whether the field can be read from a column of this type, which may differ from the declared one. */
  isReadable(field: Field, found: string): boolean
  /**
   * Whether the database enforces column types. Otherwise any column may hold any value, and values are checked as they
   * are read.
   */
  readonly binding: boolean
  /** Whether a column of this type stores numbers in four bytes. */
  isSingle(found: string): boolean
  /** The digits behind the point that integers and datetimes of this type keep; `undefined` of others, and of enough. */
  places(found: string): number | undefined
  /**
   * Whether values that are compared with a column of this type are changed by it, which is not how it is read: rounded to a DECIMAL, or
   * taken for other years; or whether it holds more digits of a moment than are read.
   */
  roundsBeside(found: string, type: FieldTypeName): boolean
  /**
   * How a date or datetime is kept, where that is not by a type of the database's own, so that any value may be in its column:
   * `numeric` says that it is compared as a number, `midnight` that it is a DATETIME of which only the day counts.
   */
  textDate(field: Field, found: string): { readonly numeric: boolean; readonly midnight?: boolean } | undefined
}

const TEXTS = /^((var)?char|(tiny|medium|long)?text)\b/i
/** Not FLOAT: its four bytes do not hold 20240102. */
const NUMBERS = /^((tiny|small|medium|big)?int|integer|double|real|decimal|numeric)\b/i
const DECIMALS = /^(decimal|numeric)\b/i

/** {@link ColumnTypes.isReadable} from the readable column types of each field type. */
export const readableBy =
  (types: Readonly<Record<FieldTypeName, RegExp>>): ColumnTypes['isReadable'] =>
  (field, found) => {
    const { type, dateFormat, numberFormat, symbolFormat, exact } = field
    if (type === 'text' && exact) return DECIMALS.test(found)
    if (numberFormat !== undefined || symbolFormat === 'code+exchange') return TEXTS.test(found)
    if (symbolFormat !== undefined) return NUMBERS.test(found)
    if (dateFormat === undefined) return types[type].test(found)
    const { kept } = dateFormats[dateFormat]
    if (kept === 'datetime') return types.datetime.test(found)
    return (kept.includes('text') && TEXTS.test(found)) || (kept.includes('number') && NUMBERS.test(found))
  }
