import type { FieldTypeName, StoredForm } from '@stockdb/contract'
import { type OperationNode, ValueNode } from 'kysely'
import { FINITE } from '../../engine/sqlite/finite.ts'
import { numberReader } from '../../engine/sqlite/loose-numbers.ts'
import { callNode, sqlNode } from './sql-node.ts'

/**
 * How the two kinds of engine write what they write differently. Inside a query texts are binary strings on MySQL,
 * whose collations would otherwise take "a" and "a " for equal; symbols keep their own, byte by byte, and their index.
 */
export interface Forms {
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
  stored(form: StoredForm, column: OperationNode): OperationNode
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

export type DatePart = 'year' | 'quarter' | 'month' | 'day'

/** A part of a `like` pattern: a character that stands for itself, any one character, or any number of them. */
export type PatternPart = { readonly literal: string } | 'one' | 'any'

const bound = (value: unknown): OperationNode => ValueNode.create(value)

export const mysqlForms: Forms = {
  // Times one keeps the sign of a zero.
  double: (number) => sqlNode`(${number} * 1e0)`,
  // It fails by itself.
  finite: (number) => number,
  // But a sum may be infinite inside, and is only looked at when it is computed with.
  finiteSum: (sum) => mysqlForms.double(sum),
  remainder: (left, right) => sqlNode`(${left} % ${right})`,
  same: (left, right) => sqlNode`(${left} <=> ${right})`,
  // MySQL looks for '0000-00-00' instead where it takes a date for one that is never null, and may fail on it then.
  isNull: (type, value) =>
    type === 'date' || type === 'datetime' ? sqlNode`(${value} <=> null)` : sqlNode`(${value} is null)`,
  comparable: (type, column) => (type === 'text' ? mysqlForms.bytes(column) : column),
  bytes: (text) => sqlNode`cast(convert(${text} using utf8mb4) as binary)`,
  characters: (text) => sqlNode`convert(${text} using utf8mb4)`,
  date: (iso) => sqlNode`cast(${bound(iso)} as date)`,
  datetime: (text) => sqlNode`cast(${bound(text)} as datetime(3))`,
  stored: (form, column) => {
    if (form === 'DECIMAL') return mysqlForms.bytes(sqlNode`cast(${column} as char)`)
    const given = sqlNode`nullif(${column}, '')`
    if (form === 'YYYYMMDD') return sqlNode`str_to_date(${given}, '%Y%m%d')`
    if (form === 'YYYY-MM-DD') return sqlNode`str_to_date(${given}, '%Y-%m-%d')`
    return sqlNode`cast(${given} as datetime(3))`
  },
  concat: (texts) => callNode('concat', texts),
  length: (text) => callNode('char_length', [text]),
  greatest: (values) => callNode('greatest', values),
  least: (values) => callNode('least', values),
  part: (name, day) => callNode(name, [day]),
  daysBetween: (later, earlier) => callNode('datediff', [later, earlier]),
  // A symbol's own collation tells case apart, and a prefix of it can be looked up in its index.
  like: (text, isSymbol, pattern) =>
    isSymbol
      ? sqlNode`(${text} like ${bound(pattern)} escape '|')`
      : sqlNode`(convert(${text} using utf8mb4) collate utf8mb4_bin like ${bound(pattern)} escape '|')`,
  likePattern: (parts) =>
    parts
      .map((part) => {
        if (part === 'one') return '_'
        return part === 'any' ? '%' : part.literal.replace(/[%_|]/, '|$&')
      })
      .join(''),
}

const strftime: Readonly<Record<Exclude<DatePart, 'quarter'>, (day: OperationNode) => OperationNode>> = {
  year: (day) => sqlNode`cast(strftime('%Y', ${day}) as integer)`,
  month: (day) => sqlNode`cast(strftime('%m', ${day}) as integer)`,
  day: (day) => sqlNode`cast(strftime('%d', ${day}) as integer)`,
}

export const sqliteForms: Forms = {
  double: (number) => sqlNode`cast(${number} as real)`,
  finite: (number) => callNode(FINITE, [number]),
  finiteSum: (sum) => sqliteForms.finite(sum),
  // Its % makes whole numbers of both.
  remainder: (left, right) => callNode('mod', [left, right]),
  same: (left, right) => sqlNode`(${left} is ${right})`,
  isNull: (_type, value) => sqlNode`(${value} is null)`,
  // A column may have been declared to compare otherwise.
  comparable: (type, column, loose = false) => {
    if (type === 'text') return sqlNode`(${column} collate binary)`
    const reader = numberReader(type, loose)
    return reader ? sqlNode`(case when ${column} >= '' then ${callNode(reader, [column])} else ${column} end)` : column
  },
  bytes: (text) => text,
  characters: (text) => text,
  date: bound,
  datetime: bound,
  stored: (form, column) => {
    if (form === 'DECIMAL') return sqlNode`cast(${column} as text)`
    // An empty text, or the number 0, stands for no date.
    const given = sqlNode`nullif(nullif(${column}, ''), 0)`
    if (form === 'YYYYMMDD')
      return sqlNode`(substr(${given}, 1, 4) || '-' || substr(${given}, 5, 2) || '-' || substr(${given}, 7))`
    // In the form in which datetimes are compared there are no zeros behind the fraction.
    if (form === 'YYYY-MM-DD HH:MM:SS.ffffff') return sqlNode`rtrim(rtrim(substr(${given}, 1, 23), '0'), '.')`
    return given
  },
  // Its concat() passes over nulls.
  concat: (texts) => texts.reduce((left, right) => sqlNode`(${left} || ${right})`),
  length: (text) => callNode('length', [text]),
  greatest: (values) => callNode('max', values),
  least: (values) => callNode('min', values),
  part: (name, day) => (name === 'quarter' ? sqlNode`((${strftime.month(day)} + 2) / 3)` : strftime[name](day)),
  daysBetween: (later, earlier) => sqlNode`(julianday(date(${later})) - julianday(date(${earlier})))`,
  // Its like passes over the case of ASCII letters.
  like: (text, _isSymbol, pattern) => sqlNode`(${text} glob ${bound(pattern)})`,
  likePattern: (parts) =>
    parts
      .map((part) => {
        if (part === 'one') return '?'
        return part === 'any' ? '*' : part.literal.replace(/[*?[]/, '[$&]')
      })
      .join(''),
}
