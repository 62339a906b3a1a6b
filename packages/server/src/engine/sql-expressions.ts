import type { DateFormat, FieldTypeName } from '@stockdb/contract'
import type { OperationNode } from 'kysely'

/**
 * The dialect-specific expressions of callers' queries. Inside a query texts compare bytewise, including trailing
 * spaces; symbols keep their bytewise collation and their index.
 */
export interface SqlExpressions {
  /** A number as a double, because division, sums and overflow of integers and decimals differ. */
  double(number: OperationNode): OperationNode
  /** A computed number: an error, not infinity, if it overflows. */
  finite(number: OperationNode): OperationNode
  /** The same for a sum or a mean. */
  finiteSum(sum: OperationNode): OperationNode
  remainder(left: OperationNode, right: OperationNode): OperationNode
  /** 1 if both are equal or both null, else 0; never null. */
  same(left: OperationNode, right: OperationNode): OperationNode
  /** Whether a value is null. */
  isNull(type: FieldTypeName, value: OperationNode): OperationNode
  /**
   * A column that compares bytewise; a code of an unmanaged table becomes a text. `loose`: whether stockdb does not
   * manage the table, so that numbers may be stored as text.
   */
  comparable(type: FieldTypeName, column: OperationNode, loose?: boolean): OperationNode
  /** A text as bytes, from a value or a function result. */
  bytes(text: OperationNode): OperationNode
  /** A text as characters, for functions that count them. */
  characters(text: OperationNode): OperationNode
  date(iso: string): OperationNode
  datetime(text: string): OperationNode
  /** A date in another stored format, converted to the type; an empty text becomes null. */
  stored(form: DateFormat, column: OperationNode): OperationNode
  /** All digits of a DECIMAL, as a text. */
  digits(column: OperationNode): OperationNode
  /**
   * A date in another stored format as a text with hyphens; an empty one becomes null. An invalid date stays invalid,
   * so that its reader refuses it.
   */
  dateText(form: DateForm, column: OperationNode): OperationNode
  concat(texts: readonly OperationNode[]): OperationNode
  length(text: OperationNode): OperationNode
  greatest(values: readonly OperationNode[]): OperationNode
  least(values: readonly OperationNode[]): OperationNode
  part(name: DatePart, day: OperationNode): OperationNode
  /** Days from the second to the first. */
  daysBetween(later: OperationNode, earlier: OperationNode): OperationNode
  /** Case-sensitive `like`, by characters; `pattern` is in the form of {@link likePattern}. */
  like(text: OperationNode, isSymbol: boolean, pattern: string): OperationNode
  likePattern(parts: readonly PatternPart[]): string
}

/** A stored format of a date or a datetime. */
type DateForm = DateFormat

export type DatePart = 'year' | 'quarter' | 'month' | 'day'

/** A part of a `like` pattern: a literal character, any one character, or any number of them. */
export type PatternPart = { readonly literal: string } | 'one' | 'any'
