import type { Field, FieldTypeName } from '@stockdb/contract'

/** The types that a database has for columns, and what they say of the values in them. */
export interface ColumnTypes {
  /** The type with which the column of a field is declared, nullability aside: `varchar(255) character set utf8mb4 …`. */
  declared(field: Field): string
  /** Whether a type, as the database writes it, is the declared one; collations aside. */
  isDeclared(field: Field, found: string): boolean
  /** The collation with which a text is declared; `undefined` where columns are declared without one. */
  collation(field: Field): string | undefined
  /**
   * Whether a collation takes texts for equal whose bytes differ. Keys of tables that stockdb `made` hold no spaces at the end,
   * so that it does not matter there whether these count.
   */
  isLoose(collation: string, made: boolean): boolean
  /** Whether a column of a type holds what the field needs, though the type may not be the declared one. */
  isReadable(field: Field, found: string): boolean
  /**
   * Whether a column holds only what its type says. Where it may hold any value, values are checked as they are read, and
   * what the maker of a table declared says nothing.
   */
  readonly binding: boolean
  /** Whether a column of a type keeps numbers in four bytes. */
  isSingle(found: string): boolean
  /**
   * How a date or datetime is kept, where that is not by a type of the database's own, so that any value may be in its column:
   * `numeric` says that it is compared as a number.
   */
  textDate(field: Field, found: string): { readonly numeric: boolean } | undefined
}

/** Types in which a date that is not one of the database may be kept. */
const READABLE_TEXT = /^((var)?char|(tiny|medium|long)?text|(tiny|small|medium|big)?int|integer)\b/i
const READABLE_DECIMAL = /^(decimal|numeric)\b/i

/** {@link ColumnTypes.isReadable} by the types that hold what each type of field needs. */
export const readableBy =
  (types: Readonly<Record<FieldTypeName, RegExp>>): ColumnTypes['isReadable'] =>
  ({ type, dateFormat, exact }, found) => {
    if (type === 'text' && exact) return READABLE_DECIMAL.test(found)
    return (dateFormat === undefined ? types[type] : READABLE_TEXT).test(found)
  }
