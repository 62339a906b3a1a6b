import type { Dataset } from '@stockdb/contract'
import { type Expression, sql } from 'kysely'
import type { Dialect } from '../engine/dialect.ts'
import type { ReadQuery } from '../engine/engine.ts'
import { columnOf, declared, slotFor } from './columns.ts'
import { type Builder, tableOf } from './rows.ts'
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
      const day = columnOf(this.#calendar, 'cal_date')
      const edge = (which: 'min' | 'max') => sql`${this.#read(dialect, sql`${sql.raw(which)}(${day})`)}`
      const query = this.#of(dialect).select([edge('min').as('first_day'), edge('max').as('last_day')])
      return { ...query.compile(), columns: [column('first_day', 'date'), column('last_day', 'date')] }
    })
    return bind(template, { exchange })
  }

  /** Trading days from `start` to `end`, in order, both inclusive. */
  sessions(exchange: string, start: string, end: string): ReadQuery {
    const template = this.#templates.get('calendar|sessions', (dialect) => {
      const day = columnOf(this.#calendar, 'cal_date')
      const query = this.#open(dialect)
        .where(day, '>=', slotFor(this.#calendar, 'cal_date', 'start'))
        .where(day, '<=', slotFor(this.#calendar, 'cal_date', 'end'))
        .orderBy(day)
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
      const day = columnOf(this.#calendar, 'cal_date')
      const query = this.#open(dialect)
        .where(day, operator, slotFor(this.#calendar, 'cal_date', 'date'))
        .orderBy(day, side === 'after' ? 'asc' : 'desc')
        .limit(sql<number>`${new Slot('count')}`)
      return { ...query.compile(), columns: [column('session', 'date')] }
    })
    return bind(template, { exchange, date, count })
  }

  /** The days of the exchange. */
  #of(dialect: Dialect): Builder {
    return tableOf(dialect, this.#calendar).where(columnOf(this.#calendar, 'exchange'), '=', new Slot('exchange'))
  }

  /** Its trading days, as `session`. */
  #open(dialect: Dialect): Builder {
    return this.#of(dialect)
      .where(columnOf(this.#calendar, 'is_open'), '=', 1)
      .select(sql`${this.#read(dialect, columnOf(this.#calendar, 'cal_date'))}`.as('session'))
  }

  #read(dialect: Dialect, days: Expression<unknown>) {
    return dialect.readable(declared(this.#calendar, 'cal_date'), days)
  }
}
