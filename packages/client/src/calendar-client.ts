import type { OffsetInput, SessionInput, SessionsInput } from '@stockdb/contract/wire'
import { endsOf } from './calendar-ends.ts'
import type { CallOptions } from './call/deadline.ts'
import type { Caller } from './caller.ts'

/** The trading days of an exchange, `SSE` by default; dates outside the calendar throw an `OutOfCalendarError`. */
export interface CalendarClient {
  /**
   * Lists the trading days from `start` to `end`, both inclusive, ascending.
   *
   * @param input - `start`, `end`, `exchange`
   * @param options - signal and timeout of this call
   * @example
   * ```ts
   * const days = await db.calendar.sessions({ start: '2024-01-01', end: '2024-12-31' }) // 242 days, the first '2024-01-02'
   * ```
   */
  sessions(input: SessionsInput, options?: CallOptions): Promise<string[]>
  /**
   * Lists the trading days from `start` to `end` that are the last of their month.
   *
   * The calendar must reach the end of the month of `end`, or nobody knows whether a day is its last.
   *
   * @param input - `start`, `end`, `exchange`
   * @param options - signal and time limit of this call
   * @throws `OutOfCalendarError` if the calendar ends before that
   * @example
   * ```ts
   * await db.calendar.monthEnds({ start: '2024-01-01', end: '2024-03-28' }) // ['2024-01-31', '2024-02-29']
   * ```
   */
  monthEnds(input: SessionsInput, options?: CallOptions): Promise<string[]>
  /**
   * Lists the trading days from `start` to `end` that are the last of their week, Monday to Sunday.
   *
   * The calendar must reach the Sunday on or after `end`.
   *
   * @param input - `start`, `end`, `exchange`
   * @param options - signal and time limit of this call
   * @throws `OutOfCalendarError` if the calendar ends before that
   * @example
   * ```ts
   * await db.calendar.weekEnds({ start: '2024-02-05', end: '2024-02-25' }) // ['2024-02-08', '2024-02-23']
   * ```
   */
  weekEnds(input: SessionsInput, options?: CallOptions): Promise<string[]>
  /**
   * Finds the first trading day after a date.
   *
   * @param input - `date`, `exchange`
   * @param options - signal and timeout of this call
   * @example
   * ```ts
   * await db.calendar.next({ date: '2024-02-08' }) // '2024-02-19', after the Spring Festival
   * ```
   */
  next(input: SessionInput, options?: CallOptions): Promise<string>
  /**
   * Finds the last trading day before a date.
   *
   * @param input - `date`, `exchange`
   * @param options - signal and timeout of this call
   * @example
   * ```ts
   * await db.calendar.previous({ date: '2024-01-02' }) // '2023-12-29'
   * ```
   */
  previous(input: SessionInput, options?: CallOptions): Promise<string>
  /**
   * Finds the n-th trading day after (`n` > 0) or before (`n` < 0) a date.
   *
   * With `n: 0` it is the last trading day on or before the date.
   *
   * @param input - `date`, `n`, `exchange`
   * @param options - signal and timeout of this call
   * @example
   * ```ts
   * await db.calendar.offset({ date: '2024-06-30', n: 0 }) // '2024-06-28', a Friday
   * ```
   */
  offset(input: OffsetInput, options?: CallOptions): Promise<string>
}

export function calendarCalls(caller: Caller) {
  const sessions = caller.keptJsonCall<SessionsInput, string[]>('calendar.sessions')
  return {
    sessions,
    monthEnds: endsOf(sessions, 'month'),
    weekEnds: endsOf(sessions, 'week'),
    next: caller.keptJsonCall<SessionInput, string>('calendar.next'),
    previous: caller.keptJsonCall<SessionInput, string>('calendar.previous'),
    offset: caller.keptJsonCall<OffsetInput, string>('calendar.offset'),
  } satisfies CalendarClient
}
