import type { Sources } from '../answer/sources.ts'
import type { CallContext, Services } from './context.ts'

const CALENDAR = 'trade_cal'

/** Throws `FORBIDDEN` when an answer would tell trading days that the caller may not read. */
export function demandTradingDays({ catalogue }: Services, { caller }: CallContext): void {
  if (catalogue[CALENDAR]) caller.demandDataset(CALENDAR)
}

/** What a caller's answers come from: without the right to trading days nothing counts them. */
export function sourcesFor(services: Services, { caller }: CallContext): Sources {
  if (!services.catalogue[CALENDAR] || caller.mayRead(CALENDAR)) return services
  const { engine, sessions } = services
  return {
    engine,
    sessions: {
      ifKnown: async () => undefined,
      need: (exchange) => {
        caller.demandDataset(CALENDAR)
        return sessions.need(exchange)
      },
    },
  }
}
