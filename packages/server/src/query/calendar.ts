import type { Dataset } from '@stockdb/contract'
import { sql } from 'kysely'
import type { ReadQuery } from '../engine/engine.ts'
import { bind, column, Slot, type Templates } from './template.ts'

/** Reads of the trading calendar, `trade_cal`: every day of an exchange, open or not. */
export class CalendarQueries {
  readonly #calendar: Dataset
  readonly #templates: Templates

  constructor(calendar: Dataset, templates: Templates) {
    this.#calendar = calendar
    this.#templates = templates
  }

  /** The first and the last day that the calendar has for an exchange. */
  coverage(exchange: string): ReadQuery {
    const template = this.#templates.get('calendar|coverage', (dialect) => {
      const query = dialect.kysely
        .selectFrom(this.#calendar.name)
        .where('exchange', '=', new Slot('exchange'))
        .select([
          sql`${dialect.readable('date', sql`min(${sql.ref('cal_date')})`)}`.as('first_day'),
          sql`${dialect.readable('date', sql`max(${sql.ref('cal_date')})`)}`.as('last_day'),
        ])
      return { ...query.compile(), columns: [column('first_day', 'date'), column('last_day', 'date')] }
    })
    return bind(template, { exchange })
  }

  /** Trading days from `start` to `end`, in order, both inclusive. */
  sessions(exchange: string, start: string, end: string): ReadQuery {
    const template = this.#templates.get('calendar|sessions', (dialect) => {
      const query = dialect.kysely
        .selectFrom(this.#calendar.name)
        .where('exchange', '=', new Slot('exchange'))
        .where('is_open', '=', 1)
        .where('cal_date', '>=', new Slot('start'))
        .where('cal_date', '<=', new Slot('end'))
        .select(sql`${dialect.readable('date', sql.ref('cal_date'))}`.as('session'))
        .orderBy('cal_date')
      return { ...query.compile(), columns: [column('session', 'date')] }
    })
    return bind(template, { exchange, start, end })
  }

  /**
   * At most `count` trading days, the nearest first: `after` and `before` leave the date itself out, `until` takes it
   * if it is one.
   */
  nearest(exchange: string, date: string, side: 'after' | 'before' | 'until', count: number): ReadQuery {
    const operator = ({ after: '>', before: '<', until: '<=' } as const)[side]
    const template = this.#templates.get(`calendar|${side}`, (dialect) => {
      const query = dialect.kysely
        .selectFrom(this.#calendar.name)
        .where('exchange', '=', new Slot('exchange'))
        .where('is_open', '=', 1)
        .where('cal_date', operator, new Slot('date'))
        .select(sql`${dialect.readable('date', sql.ref('cal_date'))}`.as('session'))
        .orderBy('cal_date', side === 'after' ? 'asc' : 'desc')
        .limit(sql<number>`${new Slot('count')}`)
      return { ...query.compile(), columns: [column('session', 'date')] }
    })
    return bind(template, { exchange, date, count })
  }
}
