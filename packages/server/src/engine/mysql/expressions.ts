import { type OperationNode, ValueNode } from 'kysely'
import type { SqlExpressions } from '../sql-expressions.ts'
import { callNode, sqlNode } from '../sql-node.ts'

const bound = (value: unknown): OperationNode => ValueNode.create(value)

/**
 * Inside a query texts are binary strings, because collations would take "a" and "a " for equal; symbols keep their own,
 * byte by byte, and their index.
 */
export const mysqlExpressions: SqlExpressions = {
  // Times one keeps the sign of a zero.
  double: (number) => sqlNode`(${number} * 1e0)`,
  // It fails by itself.
  finite: (number) => number,
  // But a sum may be infinite inside, and is only looked at when it is computed with.
  finiteSum: (sum) => mysqlExpressions.double(sum),
  remainder: (left, right) => sqlNode`(${left} % ${right})`,
  same: (left, right) => sqlNode`(${left} <=> ${right})`,
  // MySQL looks for '0000-00-00' instead where it takes a date for one that is never null, and may fail on it then.
  isNull: (type, value) =>
    type === 'date' || type === 'datetime' ? sqlNode`(${value} <=> null)` : sqlNode`(${value} is null)`,
  comparable: (type, column) => (type === 'text' ? mysqlExpressions.bytes(column) : column),
  bytes: (text) => sqlNode`cast(convert(${text} using utf8mb4) as binary)`,
  characters: (text) => sqlNode`convert(${text} using utf8mb4)`,
  date: (iso) => sqlNode`cast(${bound(iso)} as date)`,
  datetime: (text) => sqlNode`cast(${bound(text)} as datetime(3))`,
  digits: (column) => mysqlExpressions.bytes(sqlNode`cast(${column} as char)`),
  stored: (form, column) => {
    const given = sqlNode`nullif(${column}, '')`
    if (form === 'YYYYMMDD') return sqlNode`str_to_date(${given}, '%Y%m%d')`
    if (form === 'YYYY-MM-DD') return sqlNode`str_to_date(${given}, '%Y-%m-%d')`
    return sqlNode`cast(${given} as datetime(3))`
  },
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
