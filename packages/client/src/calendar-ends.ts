import type { SessionsInput } from '@stockdb/contract/wire'
import { daysOf, parseDateArgument } from '@stockdb/contract/wire'
import type { CallOptions } from './call/deadline.ts'
import { type Period, periodEnds } from './series/periods.ts'

type Sessions = (input: SessionsInput, options?: CallOptions) => Promise<string[]>

/**
 * Makes the call that lists the last trading days of weeks or months. Only the calendar up to the end of the last period shows
 * whether a day is the last one, so it asks for that too.
 */
export function endsOf(sessions: Sessions, period: Extract<Period, 'week' | 'month'>): Sessions {
  return async (input, options) => {
    const given: unknown = input?.end
    const end = parseDateArgument(given instanceof Date ? (given.toJSON() ?? '') : String(given), 'last')
    // A missing or invalid date gets the error of the server.
    if (end === undefined) return sessions(input, options)
    const days = await sessions({ ...input, end: lastDayOf(period, end) }, options)
    return periodEnds(days, period).filter((day) => day <= end)
  }
}

function lastDayOf(period: 'week' | 'month', date: string): string {
  const day = new Date(`${date}T00:00:00Z`)
  if (period === 'month') day.setUTCMonth(day.getUTCMonth() + 1, 0)
  // 1970-01-01 was a Thursday; weeks end on Sunday.
  else day.setUTCDate(day.getUTCDate() + 6 - ((daysOf(date) + 3) % 7))
  return day.toISOString().slice(0, 10)
}
