import { SYMBOL_FORM } from '../field-types.ts'
import { date, optional, textLike, whole } from './argument-kinds.ts'
import type { DateArgument } from './arguments.ts'

/** Input of `calendar.sessions`: dates as `YYYY-MM-DD` or `YYYYMMDD`, both ends inclusive. */
export interface SessionsInput {
  /**
   * The first day of the range, inclusive.
   *
   * @example
   * ```ts
   * await db.calendar.sessions({ start: '2024-01-01', end: '2024-01-31' })
   * ```
   */
  readonly start: DateArgument
  /**
   * The last day of the range, inclusive.
   *
   * @example
   * ```ts
   * await db.calendar.sessions({ start: '2024-01', end: '2024-03' }) // until the last day of March
   * ```
   */
  readonly end: DateArgument
  /**
   * The exchange whose trading days to use.
   *
   * @default 'SSE'
   * @example
   * ```ts
   * await db.calendar.sessions({ start: '2024-01-01', end: '2024-01-31', exchange: 'SZSE' })
   * ```
   */
  readonly exchange?: string | undefined
}

/** Input of `calendar.next` and `calendar.previous`. */
export interface SessionInput {
  /**
   * A date, `YYYY-MM-DD` or `YYYYMMDD`; it need not be a trading day.
   *
   * @example
   * ```ts
   * await db.calendar.next({ date: '2024-06-29' })
   * ```
   */
  readonly date: DateArgument
  /**
   * The exchange whose trading days to use.
   *
   * @default 'SSE'
   * @example
   * ```ts
   * await db.calendar.previous({ date: '2024-06-29', exchange: 'SZSE' })
   * ```
   */
  readonly exchange?: string | undefined
}

/** Input of `calendar.offset`. */
export interface OffsetInput extends SessionInput {
  /**
   * The number of trading days forward, or back if negative; 0 is the last on or before the date.
   *
   * @example
   * ```ts
   * await db.calendar.offset({ date: '2024-06-28', n: -20 })
   * ```
   */
  readonly n: number
}

/** What each procedure of `calendar` takes and answers. */
export interface CalendarQueries {
  sessions: { input: SessionsInput; answer: string[] }
  next: { input: SessionInput; answer: string }
  previous: { input: SessionInput; answer: string }
  offset: { input: OffsetInput; answer: string }
}

const exchange = () => optional(textLike(SYMBOL_FORM, 'an exchange such as "SSE"'))

/** How their arguments are checked; the exchange is SSE by default. @internal */
export const calendarArguments = () => ({
  sessions: { start: date('first'), end: date('last'), exchange: exchange() },
  next: { date: date(), exchange: exchange() },
  previous: { date: date(), exchange: exchange() },
  offset: { date: date(), n: whole(-100_000, 100_000, 'a whole number of sessions'), exchange: exchange() },
})
