import type { HeaderMeta } from '@stockdb/contract/wire'
import { momentText } from './moment-text.ts'
import type { SessionDays } from './session-days.ts'
import type { Sources } from './sources.ts'

/**
 * The trading days that an answer counts or is arranged by. They come from memory, and `meta.calendarAsOf` says as of when
 * they are.
 */
export interface KnownCalendar {
  readonly days: SessionDays | undefined
  /** The days; throws the reason if the answer needs them and there are none. */
  need(): SessionDays
}

/** The days of an exchange, for an answer that needs them. */
export async function neededCalendar(calendar: Sources['calendar'], exchange: string): Promise<KnownCalendar> {
  try {
    return calendarOf(await calendar.need(exchange))
  } catch (error) {
    return {
      days: undefined,
      need: () => {
        throw error
      },
    }
  }
}

/** For an answer that does not use trading days. */
export const noCalendar: KnownCalendar = calendarOf(undefined)

export function calendarAsOf({ days }: KnownCalendar): Pick<HeaderMeta, 'calendarAsOf'> {
  return days ? { calendarAsOf: momentText(days.asOf) } : {}
}

export function calendarOf(days: SessionDays | undefined): KnownCalendar {
  return {
    days,
    need: () => {
      if (!days) throw new TypeError('the answer was not to need trading days')
      return days
    },
  }
}
