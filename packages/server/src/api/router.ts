import type { Dataset } from '@stockdb/contract'
import { calendarInputs, reservedNames, rolesOf } from '@stockdb/contract/internal'
import type { AnyTRPCRouter } from '@trpc/server'
import type { CalendarTable } from '../plan/calendar.ts'
import { stockTables } from '../plan/instruments/stocks.ts'
import type { Live } from './context.ts'
import { datasetRouter } from './dataset-router.ts'
import { factorsRouter } from './factors-router.ts'
import { instrumentsRouter } from './instruments-router.ts'
import { metaRouter } from './meta-router.ts'
import { opsRouter } from './ops-router.ts'
import { queryRouter } from './query-router.ts'
import { screenProcedure } from './screen-procedure.ts'
import { sqlRouter } from './sql-router.ts'
import { argumentsOf, datasetProcedure, proceduresOf, router } from './trpc.ts'

type Routers = Readonly<Record<string, AnyTRPCRouter>>

/** The routers of one server that stay the same, whatever factors there are. */
export function fixedRouters(live: Live): Routers {
  const { catalogue } = live.services
  const datasets: Record<string, AnyTRPCRouter> = {}
  for (const dataset of Object.values(catalogue)) {
    if (reservedNames.includes(dataset.name)) throw new TypeError(`a dataset cannot be named ${dataset.name}`)
    datasets[dataset.name] = datasetRouter(live, dataset)
  }
  const stocks = stockTables(catalogue)
  const { calendar } = rolesOf(catalogue)
  return {
    ...datasets,
    ...(stocks ? { instruments: instrumentsRouter(live, stocks) } : {}),
    ...(calendar ? { calendar: calendarRouter(live, calendar) } : {}),
    factors: factorsRouter(live),
    meta: metaRouter(live),
    ops: opsRouter(live),
    query: queryRouter(live),
    sql: sqlRouter(live),
  }
}

/** The routers of factors: those that were made before are kept. */
export const factorRouters = (
  live: Live,
  factors: readonly Dataset[],
  before: ReadonlyMap<Dataset, AnyTRPCRouter> = new Map(),
): ReadonlyMap<Dataset, AnyTRPCRouter> =>
  new Map(factors.map((factor) => [factor, before.get(factor) ?? datasetRouter(live, factor)]))

/** The router of one server, and what its procedures declare. */
export function createRouter(live: Live, fixed = fixedRouters(live), factors = factorRouters(live, [])) {
  const own = Object.fromEntries([...factors].map(([{ name }, made]) => [name, made]))
  const whole = router({ ...own, ...fixed, screen: screenProcedure(live) })
  return { router: whole, procedures: proceduresOf(whole) }
}

/** Answered from the calendar in memory, which inspects its table when it reads it. */
function calendarRouter(live: Live, { dataset }: CalendarTable) {
  const procedure = datasetProcedure(dataset.name)
  const { sessions, next, previous, offset } = calendarInputs
  const days = () => live.services.calendar
  return router({
    sessions: procedure.input(argumentsOf(sessions)).query(({ input }) => days().sessions(input)),
    next: procedure.input(argumentsOf(next)).query(({ input }) => days().offset({ ...input, n: 1 })),
    previous: procedure.input(argumentsOf(previous)).query(({ input }) => days().offset({ ...input, n: -1 })),
    offset: procedure.input(argumentsOf(offset)).query(({ input }) => days().offset(input)),
  })
}
