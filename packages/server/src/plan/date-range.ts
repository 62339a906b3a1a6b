import type { Dataset, DateFormat } from '@stockdb/contract'
import { dateFormats, dateOf, daysOf, epochOf, LAST_DATE, MS_PER_DAY } from '@stockdb/contract/internal'
import { type RawBuilder, sql } from 'kysely'
import type { Dialect } from '../engine/dialect.ts'
import { datePlaceholder, declared, fieldOf, role } from './columns.ts'
import { Placeholder } from './prepared-query.ts'
import { rangeLast, rangeStart } from './range-ends.ts'
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
  const edges = dateFormat === undefined || !dialect.givesMisfits ? undefined : edgesOf(dateFormat)
  if (dateFormat === undefined || !edges) {
    if (start !== undefined && start === end) return builder.where(date, '=', datePlaceholder(dataset, start))
    let rows = builder
    if (start !== undefined) rows = rows.where(date, '>=', rangeStart(dialect, dataset, start))
    if (end !== undefined) rows = rows.where(date, '<=', rangeLast(dialect, dataset, end))
    return rows
  }
  if (start === undefined && end === undefined) return builder
  const placeholder = (name: string, edge?: Edge): Placeholder =>
    new Placeholder(name, { stored: { dateFormat }, edge })
  const lower = start === undefined ? undefined : sql`${date} >= ${rangeStart(dialect, dataset, start)}`
  const upper =
    end === undefined
      ? undefined
      : type === 'date'
        ? sql`${date} < ${placeholder(end, edges.nextDay)}`
        : sql`${date} <= ${rangeLast(dialect, dataset, end)}`
  const ranges = [
    sql`(${sql.join(
      [lower, upper].filter((one) => one !== undefined),
      sql` and `,
    )})`,
  ]
  const { years } = edges
  if (years) {
    const outside = (name: string, from: Edge, until: Edge): RawBuilder<unknown> =>
      sql`(${date} >= ${placeholder(name, from)} and ${date} < ${placeholder(name, until)})`
    if (start !== undefined) ranges.push(outside(start, year, years.before))
    if (end !== undefined) ranges.push(outside(end, years.after, nextYear))
    if (end !== undefined && type === 'datetime') ranges.push(outside(end, years.lastMoment, edges.nextDay))
  }
  return builder.where(sql<boolean>`(${sql.join(ranges, sql` or `)})`)
}

/** Makes the end of a range from a date in its stored form. */
type Edge = (stored: string) => string

/** The ends of ranges in a format. */
interface Edges {
  /** Not always a date, but sorts after everything of this day, whatever its time. */
  readonly nextDay: Edge
  /** Of texts: what is before and behind all dates of a year, and behind all moments of a day. */
  readonly years?: { readonly before: Edge; readonly after: Edge; readonly lastMoment: Edge } | undefined
}

const year: Edge = (stored) => stored.slice(0, 4)
/** Letters sort after all digits. */
const nextYear: Edge = (stored) => (year(stored) === '9999' ? 'A' : String(Number(year(stored)) + 1))

/** None where the database compares dates as they are. */
function edgesOf(format: DateFormat): Edges | undefined {
  const epoch = epochOf(format)
  if (epoch) return { nextDay: (stored) => String(Number(stored) + MS_PER_DAY / epoch.unitMs) }
  const { layout } = dateFormats[format]
  if (layout === undefined || format === 'DATETIME') return { nextDay: dayAfter }
  const [, separator = ''] = /^YYYY(\D?)MM/.exec(layout) ?? []
  const dayLength = 8 + 2 * separator.length
  const day: Edge = (stored) => stored.slice(0, dayLength)
  const [, between = ''] = /DD(.*)HH/.exec(layout) ?? []
  return {
    nextDay: (stored) => {
      const text = day(stored)
      return `${text.slice(0, -2)}${String(Number(text.slice(-2)) + 1).padStart(2, '0')}`
    },
    years: {
      // Less than all dates of the year, even if the column holds integers and the text is converted to one.
      before: (stored) => `${year(stored)}${separator}0`,
      after: (stored) => `${year(stored)}${separator}12${separator}32`,
      lastMoment: (stored) => `${day(stored)}${between}24`,
    },
  }
}

/** The day after the one that a text begins with. */
const dayAfter: Edge = (stored) =>
  stored.startsWith(LAST_DATE) ? `${LAST_DATE} 24` : dateOf(daysOf(stored.slice(0, 10)) + 1)
