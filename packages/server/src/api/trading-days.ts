import type { Sources } from '../execute/sources.ts'
import type { CallContext, Services } from './context.ts'

const CALENDAR = 'trade_cal'

/** Throws `FORBIDDEN` when an answer would tell trading days that the caller may not read. */
export function demandTradingDays({ catalogue }: Services, { caller }: CallContext): void {
  if (catalogue[CALENDAR]) caller.requireDataset(CALENDAR)
}

/** What a caller's answers come from: what is counted by trading days, listings and suspensions is not, without the right to those. */
export function sourcesFor(services: Services, { caller }: CallContext): Sources {
  if (!caller.restricted) return services
  const { engine, catalogue, sessions, listings, suspensions } = services
  const mayCount = !catalogue[CALENDAR] || caller.mayRead(CALENDAR)
  const maySuspend = !suspensions.dataset || caller.mayRead(suspensions.dataset.name)
  return {
    engine,
    sessions: mayCount
      ? sessions
      : {
          ifKnown: () => undefined,
          need: (exchange) => {
            caller.requireDataset(CALENDAR)
            return sessions.need(exchange)
          },
        },
    listings: {
      ifKnown: (dataset) =>
        dataset.listing && caller.mayRead(dataset.listing.dataset) ? listings.ifKnown(dataset) : undefined,
    },
    suspensions: maySuspend ? suspensions : { ifKnown: () => undefined },
  }
}
