import type { Dataset, DateFormat, Field } from '@stockdb/contract'
import { datetimeOf, FIRST_DATE, millisecondsOf, writeDate } from '@stockdb/contract/internal'
import { type RawBuilder, sql } from 'kysely'
import type { Dialect } from '../engine/dialect.ts'
import { millisecondsOfStored } from '../engine/stored-dates.ts'
import { declared, fieldOf } from './columns.ts'
import { Placeholder, paddedLength } from './prepared-query.ts'

/*
 * Columns may hold microseconds, which readers round to the nearest millisecond. A range has the rows whose moments are in it
 * as they are read: those from half a millisecond before its start, and up to the half after its end.
 */

/** The first date or moment of a range of the dataset's dates, by the name of its value. */
export const rangeStart = (dialect: Dialect, dataset: Dataset, name: string): RawBuilder<unknown> =>
  rangeEnd(dialect, dataset, name, halfBefore)

/** The last date or moment of a range. */
export const rangeLast = (dialect: Dialect, dataset: Dataset, name: string): RawBuilder<unknown> =>
  rangeEnd(dialect, dataset, name, halfAfter)

/** Whether a moment is one of several, as it is read. */
export const isOneOfMoments = (
  dialect: Dialect,
  kept: Field,
  column: RawBuilder<unknown>,
  name: string,
  length: number,
): RawBuilder<boolean> => {
  const ends = Array.from({ length: paddedLength(length) }, (_, index) => {
    const [from, to] = [halfBefore, halfAfter].map((move) => endOf(dialect, kept, name, move, index))
    return sql`${column} between ${from} and ${to}`
  })
  return sql<boolean>`(${sql.join(ends, sql` or `)})`
}

/** Whether a column may hold microseconds. */
export const mayBeFine = ({ type, dateFormat }: Pick<Field, 'type' | 'dateFormat'>): boolean =>
  type === 'datetime' && (dateFormat === undefined || dateFormat.endsWith('ffffff'))

/** Moves a moment as it is stored. */
type Move = (stored: string, format: DateFormat | undefined) => string

function rangeEnd(dialect: Dialect, dataset: Dataset, name: string, move: Move): RawBuilder<unknown> {
  const field = declared(dataset, fieldOf(dataset, 'date'))
  return mayBeFine(field) ? endOf(dialect, field, name, move) : sql`${new Placeholder(name, { stored: field })}`
}

function endOf(dialect: Dialect, kept: Field, name: string, move: Move, index?: number): RawBuilder<unknown> {
  const { dateFormat } = kept
  const edge = (stored: string): string => move(stored, dateFormat)
  const at = index === undefined ? {} : { index }
  const moment = sql`${new Placeholder(name, { stored: kept, edge, ...at })}`
  return dateFormat === undefined ? (dialect.exactMoment?.(moment) ?? moment) : moment
}

const halfBefore: Move = (stored, format) => {
  const ms = format === undefined ? millisecondsOf(stored) : (millisecondsOfStored(stored, format) ?? Number.NaN)
  // Nothing is stored that is earlier.
  if (stored.startsWith(FIRST_DATE) && ms === millisecondsOf(`${FIRST_DATE} 00:00:00`)) return stored
  const before = datetimeOf(ms - 1)
  return inMicroseconds(format === undefined ? before : writeDate(format, before), '500')
}

const halfAfter: Move = (stored) => inMicroseconds(stored, '499')

const MILLISECONDS_AT = 20
const LENGTH = 23

/** A moment of milliseconds, with some microseconds. */
const inMicroseconds = (moment: string, microseconds: string): string =>
  `${(moment.length < MILLISECONDS_AT ? `${moment}.` : moment).slice(0, LENGTH).padEnd(LENGTH, '0')}${microseconds}`
