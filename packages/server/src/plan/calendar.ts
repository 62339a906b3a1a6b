import type { HeldRoles } from '@stockdb/contract/internal'
import { sql } from 'kysely'
import type { ReadQuery } from '../engine/engine.ts'
import { columnOf, declared, placeholderFor } from './columns.ts'
import { bind, edgeColumn, type QueryCache } from './prepared-query.ts'
import { tableOf, untyped } from './rows.ts'

/** The default exchange for trading days. */
export const DEFAULT_EXCHANGE = 'SSE'

/** The dataset with the trading calendar, and its fields. */
export type CalendarTable = NonNullable<HeldRoles['calendar']>

/** The fields of the calendar that answers are made of. */
export const calendarFields = ({ exchange, day, open }: CalendarTable): readonly string[] => [exchange, day, open]

/**
 * The trading days of an exchange, ascending. Every row also has the first and the last day, open or not, that the calendar
 * has for the exchange, and whether its day is known to be open; without a trading day, the only row has a null. One
 * statement reads all of it, so it is of one state.
 */
export function selectTradingDays(cache: QueryCache, calendar: CalendarTable, exchange: string): ReadQuery {
  const { dataset } = calendar
  const prepared = cache.get('calendar|sessions', (dialect) => {
    const day = columnOf(dataset, calendar.day)
    const exchangeOf = placeholderFor(dataset, calendar.exchange, 'exchange')
    const days = tableOf(dialect, dataset).where(columnOf(dataset, calendar.exchange), '=', exchangeOf)
    const isOpen = dialect.comparable(declared(dataset, calendar.open), columnOf(dataset, calendar.open))
    // What is neither open nor closed is for the reader to refuse.
    const known = sql`case when ${isOpen} = 1 then 1 else 0 end`
    const open = days.where(sql<boolean>`not (${isOpen} = 0)`).select([sql`${day}`.as('day'), known.as('known')])
    const covered = days.select([sql`min(${day})`.as('first_day'), sql`max(${day})`.as('last_day')])
    const read = (value: string) => dialect.readable(declared(dataset, calendar.day), sql.ref(value))
    const rows = untyped(
      untyped(dialect.kysely.selectFrom(covered.as('c'))).leftJoin(open.as('s'), (join) => join.onTrue()),
    )
      .select([
        sql`${read('c.first_day')}`.as('first_day'),
        sql`${read('c.last_day')}`.as('last_day'),
        sql`${read('s.day')}`.as('session'),
        sql`s.known`.as('known'),
      ])
      .orderBy(sql`s.day`)
    return {
      ...rows.compile(),
      columns: [
        ...['first_day', 'last_day', 'session'].map((name) => edgeColumn(dataset, calendar.day, name)),
        { name: 'known', type: 'float64', nullable: true },
      ],
    }
  })
  return bind(prepared, { exchange })
}
