import type { HeldRoles } from '@stockdb/contract/internal'
import { type Expression, sql } from 'kysely'
import type { Dialect } from '../engine/dialect.ts'
import type { ReadQuery } from '../engine/engine.ts'
import { columnOf, declared, placeholderFor } from './columns.ts'
import { bind, edgeColumn, Placeholder, type PreparedQuery, type QueryCache } from './prepared-query.ts'
import { type Builder, tableOf, untyped } from './rows.ts'

/** The exchange whose trading days count by default. */
export const DEFAULT_EXCHANGE = 'SSE'

const FIRST = '1000-01-01'
const LAST = '9999-12-31'

/** The dataset with the trading calendar, and its fields. */
export type CalendarTable = NonNullable<HeldRoles['calendar']>

/** The fields of the calendar that answers are made of. */
export const calendarFields = ({ exchange, day, open }: CalendarTable): readonly string[] => [exchange, day, open]

/** Reads of the trading calendar: every day of an exchange, open or not. */
export class CalendarQueries {
  readonly #calendar: CalendarTable
  readonly #cache: QueryCache

  constructor(calendar: CalendarTable, cache: QueryCache) {
    this.#calendar = calendar
    this.#cache = cache
  }

  /**
   * Trading days from `start` to `end`, in order, both inclusive; without them all. Every row has the first and the last
   * day, open or not, that the calendar has for the exchange before its trading day; where there is none, the only row has a null.
   */
  sessions(exchange: string, start = FIRST, end = LAST): ReadQuery {
    const prepared = this.#cache.get('calendar|sessions', (dialect) => {
      const day = this.#column('day')
      const open = this.#open(dialect)
        .where(day, '>=', placeholderFor(this.#calendar.dataset, this.#calendar.day, 'start'))
        .where(day, '<=', placeholderFor(this.#calendar.dataset, this.#calendar.day, 'end'))
      return this.#withCoverage(dialect, open, 'asc')
    })
    return bind(prepared, { exchange, start, end })
  }

  /**
   * At most `count` trading days, the nearest first: `after` and `before` leave the date itself out, `until` takes it
   * if it is one. In rows as those of `sessions`.
   */
  nearest(exchange: string, date: string, side: 'after' | 'before' | 'until', count: number): ReadQuery {
    const operator = ({ after: '>', before: '<', until: '<=' } as const)[side]
    const order = side === 'after' ? 'asc' : 'desc'
    const prepared = this.#cache.get(`calendar|${side}`, (dialect) => {
      const day = this.#column('day')
      const open = this.#open(dialect)
        .where(day, operator, placeholderFor(this.#calendar.dataset, this.#calendar.day, 'date'))
        .orderBy(day, order)
        .limit(sql<number>`${new Placeholder('count')}`)
      return this.#withCoverage(dialect, open, order)
    })
    return bind(prepared, { exchange, date, count })
  }

  /** One statement for both: what the calendar covers and what it has must be of one state. */
  #withCoverage(dialect: Dialect, open: Builder, order: 'asc' | 'desc'): PreparedQuery {
    const day = this.#column('day')
    const covered = this.#of(dialect).select([sql`min(${day})`.as('first_day'), sql`max(${day})`.as('last_day')])
    const read = (days: Expression<unknown>) =>
      dialect.readable(declared(this.#calendar.dataset, this.#calendar.day), days)
    const rows = untyped(
      untyped(dialect.kysely.selectFrom(covered.as('c'))).leftJoin(open.as('s'), (join) => join.onTrue()),
    )
      .select([
        sql`${read(sql.ref('c.first_day'))}`.as('first_day'),
        sql`${read(sql.ref('c.last_day'))}`.as('last_day'),
        sql`${read(sql.ref('s.day'))}`.as('session'),
      ])
      .orderBy(sql`s.day ${sql.raw(order)}`)
    return {
      ...rows.compile(),
      columns: ['first_day', 'last_day', 'session'].map((name) =>
        edgeColumn(this.#calendar.dataset, this.#calendar.day, name),
      ),
    }
  }

  /** The days of the exchange. */
  #of(dialect: Dialect): Builder {
    return tableOf(dialect, this.#calendar.dataset).where(this.#column('exchange'), '=', new Placeholder('exchange'))
  }

  /** Its trading days, as `day`. */
  #open(dialect: Dialect): Builder {
    return this.#of(dialect)
      .where(this.#column('open'), '=', 1)
      .select(sql`${this.#column('day')}`.as('day'))
  }

  #column(of: 'exchange' | 'day' | 'open') {
    return columnOf(this.#calendar.dataset, this.#calendar[of])
  }
}
