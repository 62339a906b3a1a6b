import type { HeaderMeta } from '@stockdb/contract/wire'
import type { QueryPlan } from '../plan/planner.ts'
import type { SessionDays } from '../plan/session-days.ts'
import { momentText } from './moment-text.ts'
import { DEFAULT_EXCHANGE } from './sessions.ts'
import type { Sources } from './sources.ts'

/** The trading days that an answer counts or is laid out by. They come from memory, and `meta.calendarAsOf` says of when they are. */
export interface KnownCalendar {
  readonly days: SessionDays | undefined
  /** The days; throws why there are none where the answer cannot do without them. */
  need(): SessionDays
}

/** Has the trading days of a question ready, before its rows are read: a read of them would want a connection of its own. */
export async function calendarFor(sessions: Sources['sessions'], question: QueryPlan): Promise<KnownCalendar> {
  const { dataset, bars, span } = question
  if (bars?.kind === 'sessions') return neededCalendar(sessions, dataset.calendar)
  return calendarOf(span && span.of !== 'symbols' ? await sessions.ifKnown(dataset.calendar) : undefined)
}

/** The days of an exchange that an answer is laid out by. */
export async function neededCalendar(
  sessions: Sources['sessions'],
  exchange = DEFAULT_EXCHANGE,
): Promise<KnownCalendar> {
  try {
    return calendarOf(await sessions.need(exchange))
  } catch (error) {
    return {
      days: undefined,
      need: () => {
        throw error
      },
    }
  }
}

/** For an answer that has no use for trading days. */
export const noCalendar: KnownCalendar = calendarOf(undefined)

export function calendarAsOf({ days }: KnownCalendar): Pick<HeaderMeta, 'calendarAsOf'> {
  return days ? { calendarAsOf: momentText(days.asOf) } : {}
}

function calendarOf(days: SessionDays | undefined): KnownCalendar {
  return {
    days,
    need: () => {
      if (!days) throw new TypeError('the answer was not to need trading days')
      return days
    },
  }
}
