import type { DateFormat } from '@stockdb/contract'
import { dateFormats, epochOf, hasTime } from '@stockdb/contract/internal'
import { ExpressionWrapper, type OperationNode, ValueNode } from 'kysely'
import type { SqlExpressions } from '../sql-expressions.ts'
import { callNode, listNode, sqlNode } from '../sql-node.ts'
import { finite, finiteColumn } from './finite.ts'
import { textNumber } from './text-number.ts'

const bound = (value: unknown): OperationNode => ValueNode.create(value)

const text = (column: OperationNode): OperationNode => sqlNode`cast(${column} as varchar)`

/** The text or the digits of a date. The type of a column is known when a statement is prepared: nothing is left of the case. */
const digitsOf = (column: OperationNode): OperationNode =>
  sqlNode`(case when typeof(${column}) in ('VARCHAR', 'INTEGER', 'BIGINT') then ${text(column)} else regexp_replace(${text(column)}, '[.]0+$', '') end)`

/** An empty text, or the number 0, stands for no date. */
const given = (column: OperationNode): OperationNode => sqlNode`nullif(nullif(${digitsOf(column)}, ''), '0')`

/** The parts of a layout in the words of `strptime`. */
const PATTERN: Readonly<Record<string, string>> = {
  ...{ YYYY: '%Y', MM: '%m', DD: '%d', HH: '%H', mm: '%M', SS: '%S', fff: '%g', ffffff: '%f' },
}

/** A date or datetime that is kept in a format, as a timestamp; null for what is no date. */
function momentOf(form: DateFormat, column: OperationNode): OperationNode {
  const epoch = epochOf(form)
  if (epoch) {
    const micros = sqlNode`((${column} * ${bound(epoch.unitMs)} + ${bound(epoch.aheadMs)}) * 1000)`
    return sqlNode`make_timestamp(cast(${micros} as bigint))`
  }
  if (form === 'DATETIME') return sqlNode`cast(${column} as timestamp)`
  // With digits of a fraction or without them.
  if (form === 'YYYY-MM-DD HH:MM:SS') return sqlNode`try_cast(${given(column)} as timestamp)`
  const pattern = (dateFormats[form].layout ?? '').replaceAll(
    /Y+|M+|D+|H+|m+|S+|f+/g,
    (part) => PATTERN[part] as string,
  )
  return sqlNode`try_strptime(${given(column)}, ${bound(pattern)})`
}

/** Functions that DuckDB refuses for some numbers, where the others give null: what they are given is named once, by a lambda. */
const partial: Readonly<Record<string, (number: OperationNode) => OperationNode>> = {
  sqrt: (number) => sqlNode`list_transform([${number}], lambda v: case when v >= 0 then sqrt(v) end)[1]`,
  ln: (number) => sqlNode`list_transform([${number}], lambda v: case when v > 0 then ln(v) end)[1]`,
}

export const duckdbExpressions: SqlExpressions = {
  double: (number) => sqlNode`cast(${number} as double)`,
  finite,
  finiteSum: finite,
  call: (name, args) => partial[name]?.(args[0] as OperationNode) ?? callNode(name, args),
  remainder: (left, right) => sqlNode`(${left} % ${right})`,
  same: (left, right) => sqlNode`(${left} is not distinct from ${right})`,
  isNull: (_type, value) => sqlNode`(${value} is null)`,
  comparable: (type, column, loose = false) => {
    if (type === 'text') return sqlNode`(${text(column)} collate "C")`
    return loose && type === 'float64' ? finiteColumn(column) : column
  },
  bytes: (value) => value,
  characters: (value) => value,
  date: (iso) => sqlNode`cast(${bound(iso)} as date)`,
  datetime: (moment) => sqlNode`cast(${bound(moment)} as timestamp)`,
  fine: (moment) => moment,
  inMilliseconds: (moment) => sqlNode`date_trunc('milliseconds', ${moment} + interval 500 microseconds)`,
  digits: text,
  stored: (form, column, type) => {
    if (form === 'YYYY-MM-DD') return sqlNode`try_cast(${given(column)} as date)`
    const moment = momentOf(form, column)
    return type === 'date' || !hasTime(form) ? sqlNode`cast(${moment} as date)` : moment
  },
  textNumber: (type, value) => textNumber(type, new ExpressionWrapper(value)).toOperationNode(),
  dateText: (form, column) => {
    const value = given(column)
    if (form !== 'YYYYMMDD') return value
    return sqlNode`(substr(${value}, 1, 4) || '-' || substr(${value}, 5, 2) || '-' || substr(${value}, 7))`
  },
  // Its concat() passes over nulls.
  concat: (texts) => texts.reduce((left, right) => sqlNode`(${left} || ${right})`),
  length: (value) => callNode('length', [value]),
  // Its greatest() passes over nulls.
  greatest: (values) =>
    sqlNode`list_transform([[${listNode(values)}]], lambda v: case when len(v) = list_count(v) then list_max(v) end)[1]`,
  least: (values) =>
    sqlNode`list_transform([[${listNode(values)}]], lambda v: case when len(v) = list_count(v) then list_min(v) end)[1]`,
  part: (name, day) => callNode(name, [day]),
  daysBetween: (later, earlier) => sqlNode`date_diff('day', ${earlier}, ${later})`,
  like: (value, _isSymbol, pattern) => sqlNode`(${value} like ${bound(pattern)} escape '|')`,
  likePattern: (parts) =>
    parts
      .map((part) => {
        if (part === 'one') return '_'
        return part === 'any' ? '%' : part.literal.replace(/[%_|]/, '|$&')
      })
      .join(''),
}
