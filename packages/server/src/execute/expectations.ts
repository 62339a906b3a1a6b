import type { QueryPlan } from '../plan/planner.ts'
import type { Expected } from './cells/coverage-of.ts'
import { calendarFor, type KnownCalendar, noCalendar } from './known-calendar.ts'
import type { Sources } from './sources.ts'

/** What is in memory of what an answer should hold; as of when `meta` says. */
export interface Expectations extends Pick<Expected, 'listing' | 'suspensions'> {
  readonly calendar: KnownCalendar
}

/** Has ready what an answer is measured by, before its rows are read: a read of that would want a connection of its own. */
export async function expectationsFor(
  sources: Sources,
  question: QueryPlan,
  calendar?: KnownCalendar,
): Promise<Expectations> {
  const { listings, sessions, suspensions } = sources
  return {
    calendar: calendar ?? (await calendarFor(sessions, question)),
    listing: question.span && (await listings.ifKnown(question.dataset)),
    suspensions: () => suspensions.ifKnown(),
  }
}

/** For an answer that is only made to make another of it. */
export const nothingExpected: Expectations = {
  calendar: noCalendar,
  listing: undefined,
  suspensions: async () => undefined,
}
