import { type OperationNode, ValueNode } from 'kysely'
import type { DatePart, SqlExpressions } from '../sql-expressions.ts'
import { callNode, sqlNode } from '../sql-node.ts'
import { FINITE } from './finite.ts'
import { numberReader } from './loose-numbers.ts'

const bound = (value: unknown): OperationNode => ValueNode.create(value)

/** An empty text and the number 0 mean null. */
const given = (column: OperationNode): OperationNode => sqlNode`nullif(nullif(${column}, ''), 0)`

const strftime: Readonly<Record<Exclude<DatePart, 'quarter'>, (day: OperationNode) => OperationNode>> = {
  year: (day) => sqlNode`cast(strftime('%Y', ${day}) as integer)`,
  month: (day) => sqlNode`cast(strftime('%m', ${day}) as integer)`,
  day: (day) => sqlNode`cast(strftime('%d', ${day}) as integer)`,
}

export const sqliteExpressions: SqlExpressions = {
  double: (number) => sqlNode`cast(${number} as real)`,
  finite: (number) => callNode(FINITE, [number]),
  finiteSum: (sum) => sqliteExpressions.finite(sum),
  // SQLite's % converts both to integers.
  remainder: (left, right) => callNode('mod', [left, right]),
  same: (left, right) => sqlNode`(${left} is ${right})`,
  isNull: (_type, value) => sqlNode`(${value} is null)`,
  // The column may have another collation.
  comparable: (type, column, loose = false) => {
    if (type === 'text') return sqlNode`(${column} collate binary)`
    const reader = numberReader(type, loose)
    return reader ? sqlNode`(case when ${column} >= '' then ${callNode(reader, [column])} else ${column} end)` : column
  },
  bytes: (text) => text,
  characters: (text) => text,
  date: bound,
  datetime: bound,
  digits: (column) => sqlNode`cast(${column} as text)`,
  stored: (form, column) => {
    // The comparable format of datetimes has no trailing zeros in the fraction.
    if (form === 'YYYY-MM-DD HH:MM:SS.ffffff') return sqlNode`rtrim(rtrim(substr(${given(column)}, 1, 23), '0'), '.')`
    return sqliteExpressions.dateText(form, column)
  },
  dateText: (form, column) => {
    const text = given(column)
    if (form !== 'YYYYMMDD') return text
    return sqlNode`(substr(${text}, 1, 4) || '-' || substr(${text}, 5, 2) || '-' || substr(${text}, 7))`
  },
  // SQLite's concat() ignores nulls.
  concat: (texts) => texts.reduce((left, right) => sqlNode`(${left} || ${right})`),
  length: (text) => callNode('length', [text]),
  greatest: (values) => callNode('max', values),
  least: (values) => callNode('min', values),
  part: (name, day) => (name === 'quarter' ? sqlNode`((${strftime.month(day)} + 2) / 3)` : strftime[name](day)),
  daysBetween: (later, earlier) => sqlNode`(julianday(date(${later})) - julianday(date(${earlier})))`,
  // SQLite's like ignores the case of ASCII letters.
  like: (text, _isSymbol, pattern) => sqlNode`(${text} glob ${bound(pattern)})`,
  likePattern: (parts) =>
    parts
      .map((part) => {
        if (part === 'one') return '?'
        return part === 'any' ? '*' : part.literal.replace(/[*?[]/, '[$&]')
      })
      .join(''),
}
