import type { DateFormat } from '@stockdb/contract'
import { dateFormats, epochOf, hasTime, partsOf } from '@stockdb/contract/internal'
import { ExpressionWrapper, type OperationNode, ValueNode } from 'kysely'
import type { DatePart, SqlExpressions } from '../sql-expressions.ts'
import { callNode, sqlNode } from '../sql-node.ts'
import { FINITE } from './finite.ts'
import { numberReader } from './loose-numbers.ts'
import { textNumber } from './text-number.ts'

const bound = (value: unknown): OperationNode => ValueNode.create(value)

/** In the form in which datetimes are compared there are no zeros behind the fraction. */
const withoutZeros = (moment: OperationNode): OperationNode => sqlNode`rtrim(rtrim(${moment}, '0'), '.')`

/** A date or datetime that is kept in a format, as a text with hyphens and colons. */
function momentOf(form: DateFormat, column: OperationNode): OperationNode {
  const epoch = epochOf(form)
  if (epoch) {
    const seconds = sqlNode`((${column} * ${bound(epoch.unitMs)} + ${bound(epoch.aheadMs)}) / 1000.0)`
    return withoutZeros(sqlNode`strftime('%Y-%m-%d %H:%M:%f', ${seconds}, 'unixepoch')`)
  }
  const { layout = '' } = dateFormats[form]
  const text = given(column)
  if (form === 'YYYY-MM-DD HH:MM:SS' || form === 'YYYY-MM-DD' || form === 'DATETIME') return text
  // A number with a fraction would end in ".0".
  const digits = sqlNode`(case typeof(${text}) when 'real' then cast(${text} as integer) else ${text} end)`
  const places = partsOf(layout)
  const part = (letter: string): OperationNode => {
    const [from, to] = places[letter] ?? [0, 0]
    return sqlNode`substr(${digits}, ${bound(from + 1)}, ${bound(to - from)})`
  }
  const day = sqlNode`(${part('Y')} || '-' || ${part('M')} || '-' || ${part('D')})`
  if (places.H === undefined) return day
  const seconds = places.S ? part('S') : bound('00')
  const time = sqlNode`(${day} || ' ' || ${part('H')} || ':' || ${part('m')} || ':' || ${seconds})`
  const [from = 0] = places.f ?? []
  return from === 0 ? time : withoutZeros(sqlNode`(${time} || '.' || substr(${digits}, ${bound(from + 1)}, 3))`)
}

/** An empty text, or the number 0, stands for no date. */
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
  call: callNode,
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
  fine: (moment) => moment,
  inMilliseconds: (moment) => moment,
  digits: (column) => sqlNode`cast(${column} as text)`,
  stored: (form, column, type) => {
    const moment = momentOf(form, column)
    return type === 'date' && hasTime(form) ? sqlNode`substr(${moment}, 1, 10)` : moment
  },
  textNumber: (type, text) => textNumber(type, new ExpressionWrapper(text)).toOperationNode(),
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
