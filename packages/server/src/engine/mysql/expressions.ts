import type { DateFormat } from '@stockdb/contract'
import { dateFormats, epochOf, hasTime } from '@stockdb/contract/internal'
import { ExpressionWrapper, type OperationNode, ValueNode } from 'kysely'
import { isTextForm, type SqlExpressions } from '../sql-expressions.ts'
import { callNode, sqlNode } from '../sql-node.ts'
import { textNumber } from './text-number.ts'

/** A date or datetime that is kept in a format. */
function momentOf(form: DateFormat, column: OperationNode): OperationNode {
  const epoch = epochOf(form)
  if (epoch) {
    const ms = sqlNode`(${column} * ${bound(epoch.unitMs)} + ${bound(epoch.aheadMs)})`
    return sqlNode`(cast('1970-01-01' as datetime(3)) + interval (${ms} * 1000) microsecond)`
  }
  if (form === 'DATETIME') return column
  const given = sqlNode`nullif(${column}, '')`
  if (isTextForm(form, 'datetime')) return sqlNode`cast(${given} as datetime(3))`
  const pattern = (dateFormats[form].layout ?? '').replaceAll(
    /Y+|M+|D+|H+|m+|S+|f+/g,
    (part) => PATTERN[part.charAt(0)] as string,
  )
  return sqlNode`str_to_date(${given}, ${bound(pattern)})`
}

/** The parts of a layout in the words of `str_to_date`. */
const PATTERN: Readonly<Record<string, string>> = {
  ...{ Y: '%Y', M: '%m', D: '%d', H: '%H', m: '%i', S: '%s', f: '%f' },
}

const bound = (value: unknown): OperationNode => ValueNode.create(value)

/**
 * Inside a query texts are binary strings, because collations treat "a" and "a " as equal; symbols keep their bytewise
 * collation and their index.
 */
export const mysqlExpressions: SqlExpressions = {
  // Multiplying by one keeps the sign of zero.
  double: (number) => sqlNode`(${number} * 1e0)`,
  // MySQL itself fails on overflow.
  finite: (number) => number,
  // But a sum may be infinite internally, and is only checked in arithmetic.
  finiteSum: (sum) => mysqlExpressions.double(sum),
  call: callNode,
  remainder: (left, right) => sqlNode`(${left} % ${right})`,
  same: (left, right) => sqlNode`(${left} <=> ${right})`,
  // For a NOT NULL date MySQL rewrites `is null` to a search for '0000-00-00', which may fail.
  isNull: (type, value) =>
    type === 'date' || type === 'datetime' ? sqlNode`(${value} <=> null)` : sqlNode`(${value} is null)`,
  comparable: (type, column) => (type === 'text' ? mysqlExpressions.bytes(column) : column),
  bytes: (text) => sqlNode`cast(convert(${text} using utf8mb4) as binary)`,
  characters: (text) => sqlNode`convert(${text} using utf8mb4)`,
  date: (iso) => sqlNode`cast(${bound(iso)} as date)`,
  datetime: (text) => sqlNode`cast(${bound(text)} as datetime(3))`,
  fine: (moment) => sqlNode`cast(${moment} as datetime(3))`,
  // MySQL's cast rounds, MariaDB's cuts off.
  inMilliseconds: (moment) =>
    sqlNode`(${moment} + interval 500 microsecond - interval (microsecond(${moment} + interval 500 microsecond) % 1000) microsecond)`,
  digits: (column) => mysqlExpressions.bytes(sqlNode`cast(${column} as char)`),
  stored: (form, column, type) => {
    const moment = momentOf(form, column)
    return type === 'date' && hasTime(form) ? sqlNode`cast(${moment} as date)` : moment
  },
  textNumber: (type, text) => textNumber(type, new ExpressionWrapper(text)).toOperationNode(),
  dateText: (form, column) => {
    const given = sqlNode`nullif(${column}, '')`
    if (form !== 'YYYYMMDD') return given
    return sqlNode`concat(substr(${given}, 1, 4), '-', substr(${given}, 5, 2), '-', substr(${given}, 7))`
  },
  concat: (texts) => callNode('concat', texts),
  length: (text) => callNode('char_length', [text]),
  greatest: (values) => callNode('greatest', values),
  least: (values) => callNode('least', values),
  part: (name, day) => callNode(name, [day]),
  daysBetween: (later, earlier) => callNode('datediff', [later, earlier]),
  // A symbol's own collation is case-sensitive, and a prefix can be looked up in its index.
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
