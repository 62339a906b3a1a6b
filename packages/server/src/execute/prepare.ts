import type { QueryPlan } from '../plan/query-plan.ts'
import type { Expected } from './cells/coverage-of.ts'
import { calendarOf, type KnownCalendar, neededCalendar, noCalendar } from './known-calendar.ts'
import { daysOfPanel } from './operators/dense.ts'
import type { SessionDays } from './session-days.ts'
import type { Sources } from './sources.ts'

/** Data from memory for the steps of a plan; `meta` says as of when it is. */
export interface Prepared extends Omit<Expected, 'sessions'> {
  readonly calendar: KnownCalendar
  /** The trading days of a panel. */
  readonly days?: SessionDays
}

/** Prepares data from memory before rows are read, because loading it may need another connection. */
export async function prepare(sources: Sources, plan: QueryPlan): Promise<Prepared> {
  const calendar = await calendarFor(sources, plan)
  const dense = plan.steps.find((step) => step.step === 'dense')
  const coverage = plan.steps.find((step) => step.step === 'coverage')
  return {
    calendar,
    ...(dense ? { days: daysOfPanel(dense, calendar.need()) } : {}),
    listing: coverage?.listing && (await sources.listings.ifKnown(coverage.listing)),
    suspensions: () => (coverage?.suspensions === undefined ? undefined : sources.suspensions.ifKnown()),
  }
}

/** The trading days that arrange or date rows; otherwise those that coverage counts, if known. */
async function calendarFor({ calendar }: Sources, { steps }: QueryPlan): Promise<KnownCalendar> {
  let counted: string | undefined
  for (const step of steps) {
    if (step.step === 'dense') return neededCalendar(calendar, step.exchange)
    if (step.step === 'bars' && step.periods.of === 'sessions') return neededCalendar(calendar, step.periods.exchange)
    if (step.step === 'coverage') counted = step.exchange
  }
  return counted === undefined ? noCalendar : calendarOf(await calendar.ifKnown(counted))
}
