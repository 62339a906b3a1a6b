import type { Dataset, DateFormat } from '@stockdb/contract'
import { type RawBuilder, sql } from 'kysely'
import type { Dialect } from '../engine/dialect.ts'
import { datePlaceholder, declared, fieldOf, role } from './columns.ts'
import { Placeholder } from './prepared-query.ts'
import type { Builder } from './rows.ts'

/** The placeholder names of the ends of a range. */
interface Ends {
  readonly start?: string | undefined
  readonly end?: string | undefined
}

/**
 * Keeps the rows of a range of dates, both ends inclusive. If dates are stored as text, MySQL also returns values that begin
 * with the year of an end but are not a date in the declared form, such as 20240104 among 2024-01-04: the reader refuses
 * them. Otherwise they would be skipped until the next search of the column. SQLite reports writes, and the column is
 * searched at once.
 */
export function whereDates(builder: Builder, dialect: Dialect, dataset: Dataset, ends: Ends, table = 'd'): Builder {
  const { start, end } = ends
  const date = role(dataset, 'date', table)
  const { type, dateFormat } = declared(dataset, fieldOf(dataset, 'date'))
  if (dateFormat === undefined || dialect.seeks) {
    if (start !== undefined && start === end) return builder.where(date, '=', datePlaceholder(dataset, start))
    let rows = builder
    if (start !== undefined) rows = rows.where(date, '>=', datePlaceholder(dataset, start))
    if (end !== undefined) rows = rows.where(date, '<=', datePlaceholder(dataset, end))
    return rows
  }
  if (start === undefined && end === undefined) return builder
  const placeholder = (name: string, edge?: Edge): Placeholder => new Placeholder(name, { dateFormat, edge })
  const lower = start === undefined ? undefined : sql`${date} >= ${placeholder(start)}`
  const upper =
    end === undefined
      ? undefined
      : type === 'date'
        ? sql`${date} < ${placeholder(end, nextDay)}`
        : sql`${date} <= ${placeholder(end)}`
  const ranges = [
    sql`(${sql.join(
      [lower, upper].filter((one) => one !== undefined),
      sql` and `,
    )})`,
  ]
  const outside = (name: string, from: Edge, until: Edge): RawBuilder<unknown> =>
    sql`(${date} >= ${placeholder(name, from)} and ${date} < ${placeholder(name, until)})`
  if (start !== undefined) ranges.push(outside(start, year, beforeYear(dateFormat)))
  if (end !== undefined) ranges.push(outside(end, afterYear(dateFormat), nextYear))
  // After the last moment of the day.
  if (end !== undefined && type === 'datetime')
    ranges.push(
      outside(
        end,
        (moment) => `${day(moment)} 24`,
        (moment) => nextDay(day(moment)),
      ),
    )
  return builder.where(sql<boolean>`(${sql.join(ranges, sql` or `)})`)
}

/** Makes the bound of a range of texts from a date in its stored form. */
type Edge = (stored: string) => string

const year: Edge = (stored) => stored.slice(0, 4)
const day: Edge = (stored) => stored.slice(0, 10)
/** Letters sort after all digits. */
const nextYear: Edge = (stored) => (year(stored) === '9999' ? 'A' : String(Number(year(stored)) + 1))
/** Not always a date, but sorts after everything that begins with this one. */
const nextDay: Edge = (stored) => `${stored.slice(0, -2)}${String(Number(stored.slice(-2)) + 1).padStart(2, '0')}`
/** Less than all dates of the year, even if the column holds integers and the text is converted to one. */
const beforeYear = (form: DateFormat): Edge =>
  form === 'YYYYMMDD' ? (stored) => `${year(stored)}0` : (stored) => `${year(stored)}-0`
const afterYear = (form: DateFormat): Edge =>
  form === 'YYYYMMDD' ? (stored) => `${year(stored)}1232` : (stored) => `${year(stored)}-12-32`
