import { dateOf, daysOf } from '@stockdb/contract/internal'

/** A day of the calendar. */
export interface CalendarDay {
  readonly date: string
  readonly open: boolean
  /** The previous session, whether or not the market is open today; null up to the calendar's first session. */
  readonly previous: string | null
}

/** Days since the last Monday, for a number of days since 1970-01-01, which was a Thursday. */
const sinceMonday = (days: number): number => (((days + 3) % 7) + 7) % 7

/** Whether the market is open: weekdays except 1 January, a week in spring, 1 to 3 May and 1 to 7 October. */
function isOpen(days: number): boolean {
  if (sinceMonday(days) > 4) return false
  const date = dateOf(days)
  const monthDay = date.slice(5)
  if (monthDay === '01-01') return false
  if (monthDay >= '05-01' && monthDay <= '05-03') return false
  if (monthDay >= '10-01' && monthDay <= '10-07') return false
  // The real spring festival follows the moon; here it is always the week of 5 February.
  const spring = daysOf(`${date.slice(0, 4)}-02-05`)
  return days - sinceMonday(days) !== spring - sinceMonday(spring)
}

/** Every day from 1 January of the year before `start` to 31 December of the year after `end`. */
export function* calendar(start: string, end: string): Generator<CalendarDay> {
  const first = daysOf(`${Number(start.slice(0, 4)) - 1}-01-01`)
  const last = daysOf(`${Number(end.slice(0, 4)) + 1}-12-31`)
  let previous: string | null = null
  for (let days = first; days <= last; days++) {
    const [date, open] = [dateOf(days), isOpen(days)]
    yield { date, open, previous }
    if (open) previous = date
  }
}

/** The sessions from `start` to `end`, both inclusive. */
export function sessionsBetween(start: string, end: string): string[] {
  const sessions: string[] = []
  for (let days = daysOf(start); days <= daysOf(end); days++) if (isOpen(days)) sessions.push(dateOf(days))
  return sessions
}

/** The first session on or after a number of days since 1970-01-01. */
export function sessionFrom(days: number): string {
  return isOpen(days) ? dateOf(days) : sessionFrom(days + 1)
}
