import type { Field, FieldTypeName } from '@stockdb/contract'

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
  /**
   * How a date or datetime is stored if not as a date type, so that its column may hold any value; `numeric` if it is
   * compared as a number.
   */
  textDate(field: Field, found: string): { readonly numeric: boolean } | undefined
}

/** Types that may store dates other than the database's date types. */
const READABLE_TEXT = /^((var)?char|(tiny|medium|long)?text|(tiny|small|medium|big)?int|integer)\b/i
const READABLE_DECIMAL = /^(decimal|numeric)\b/i

/** {@link ColumnTypes.isReadable} from the readable column types of each field type. */
export const readableBy =
  (types: Readonly<Record<FieldTypeName, RegExp>>): ColumnTypes['isReadable'] =>
  ({ type, dateFormat, exact }, found) => {
    if (type === 'text' && exact) return READABLE_DECIMAL.test(found)
    return (dateFormat === undefined ? types[type] : READABLE_TEXT).test(found)
  }
