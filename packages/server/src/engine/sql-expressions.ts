import type { DateFormat, FieldTypeName } from '@stockdb/contract'
import type { OperationNode } from 'kysely'

/**
 * How a database writes the expressions of callers' queries that databases write differently. Inside a query texts compare
 * by their bytes, spaces at the end included; symbols keep their collation, which compares bytes, and their index.
 */
export interface SqlExpressions {
  /** A number as a double: whole numbers and decimals would be divided, summed and overflow each in their own way. */
  double(number: OperationNode): OperationNode
  /** A number that was computed: an error, not infinity, when it is beyond the doubles. */
  finite(number: OperationNode): OperationNode
  /** The same for a sum or a mean. */
  finiteSum(sum: OperationNode): OperationNode
  remainder(left: OperationNode, right: OperationNode): OperationNode
  /** 1 where both are equal or both null, else 0; never null. */
  same(left: OperationNode, right: OperationNode): OperationNode
  /** Whether a value is null. */
  isNull(type: FieldTypeName, value: OperationNode): OperationNode
  /**
   * A column so that it compares by its bytes; a code of a table of others is given as a text. `loose`: whether the table
   * is of others, so that numbers may be texts.
   */
  comparable(type: FieldTypeName, column: OperationNode, loose?: boolean): OperationNode
  /** A text as bytes, from a value or from what a function made. */
  bytes(text: OperationNode): OperationNode
  /** A text as characters, for functions that count them. */
  characters(text: OperationNode): OperationNode
  date(iso: string): OperationNode
  datetime(text: string): OperationNode
  /** What is kept in another form, as others of its type are: a date that is a text, null where it is empty. */
  stored(form: DateFormat, column: OperationNode): OperationNode
  /** All digits of a DECIMAL, as a text. */
  digits(column: OperationNode): OperationNode
  /**
   * A date that is kept in another form, as a text with hyphens, null where it is empty. What is not a date does not become
   * one, so that its reader refuses it.
   */
  dateText(form: DateForm, column: OperationNode): OperationNode
  concat(texts: readonly OperationNode[]): OperationNode
  length(text: OperationNode): OperationNode
  greatest(values: readonly OperationNode[]): OperationNode
  least(values: readonly OperationNode[]): OperationNode
  part(name: DatePart, day: OperationNode): OperationNode
  /** Days from the second to the first. */
  daysBetween(later: OperationNode, earlier: OperationNode): OperationNode
  /** `like` with its case, by characters; `pattern` is in the form of {@link likePattern}. */
  like(text: OperationNode, isSymbol: boolean, pattern: string): OperationNode
  likePattern(parts: readonly PatternPart[]): string
}

/** A form in which a date or a datetime is kept. */
type DateForm = DateFormat

export type DatePart = 'year' | 'quarter' | 'month' | 'day'

/** A part of a `like` pattern: a character that stands for itself, any one character, or any number of them. */
export type PatternPart = { readonly literal: string } | 'one' | 'any'
