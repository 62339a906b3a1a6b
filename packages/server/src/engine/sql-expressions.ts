import type { DateFormat, FieldTypeName } from '@stockdb/contract'
import { hasTime } from '@stockdb/contract/internal'
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
  /** A function of numbers, by its name in a query: null where it has no value, as of the square root of −1. */
  call(name: string, args: readonly OperationNode[]): OperationNode
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
  /** A moment compared with values that may be finer than its column, to which databases would round them. */
  fine(moment: OperationNode): OperationNode
  /** A moment with microseconds as it is read: rounded to the nearest millisecond. */
  inMilliseconds(moment: OperationNode): OperationNode
  /** What is kept in another form, as others of its type are: a date that is a text, null where it is empty. */
  stored(form: DateFormat, column: OperationNode, type: FieldTypeName): OperationNode
  /** A number, or true and false, that is kept as a text: null where it is empty, an error where it is no number. */
  textNumber(type: FieldTypeName, text: OperationNode): OperationNode
  /** All digits of a DECIMAL, as a text. */
  digits(column: OperationNode): OperationNode
  /**
   * A date that is kept in a {@link TextForm}, as a text with hyphens, null where it is empty. What is not a date does not
   * become one, so that its reader refuses it.
   */
  dateText(form: TextForm, column: OperationNode): OperationNode
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

/** Forms of texts that are the values themselves, but for hyphens and the digits of a fraction. */
const textForms = ['YYYYMMDD', 'YYYY-MM-DD', 'YYYY-MM-DD HH:MM:SS', 'YYYY-MM-DD HH:MM:SS.ffffff'] as const

type TextForm = (typeof textForms)[number]

/** Whether values of a type in this form can be answered as the texts that they are. */
export const isTextForm = (form: DateFormat, type: FieldTypeName): form is TextForm =>
  (textForms as readonly string[]).includes(form) && hasTime(form) === (type === 'datetime')

export type DatePart = 'year' | 'quarter' | 'month' | 'day'

/** A part of a `like` pattern: a literal character, any one character, or any number of them. */
export type PatternPart = { readonly literal: string } | 'one' | 'any'
