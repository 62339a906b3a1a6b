import { calendarInputs, reservedNames, rolesOf } from '@stockdb/contract/internal'
import type { AnyTRPCRouter } from '@trpc/server'
import type { CalendarTable } from '../plan/calendar.ts'
import { stockTables } from '../plan/instruments/stocks.ts'
import type { Services } from './context.ts'
import { datasetRouter } from './dataset-router.ts'
import { instrumentsRouter } from './instruments-router.ts'
import { metaRouter } from './meta-router.ts'
import { opsRouter } from './ops-router.ts'
import { queryRouter } from './query-router.ts'
import { screenProcedure } from './screen-procedure.ts'
import { sqlRouter } from './sql-router.ts'
import { argumentsOf, datasetProcedure, proceduresOf, router } from './trpc.ts'

/** The router of one server, made from its catalogue, and what its procedures declare. */
export function createRouter(services: Services) {
  const datasets: Record<string, AnyTRPCRouter> = {}
  for (const dataset of Object.values(services.catalogue)) {
    if (reservedNames.includes(dataset.name)) throw new TypeError(`a dataset cannot be named ${dataset.name}`)
    datasets[dataset.name] = datasetRouter(services, dataset)
  }
  const stocks = stockTables(services.catalogue)
  const { calendar } = rolesOf(services.catalogue)
  const whole = router({
    ...datasets,
    ...(stocks ? { instruments: instrumentsRouter(services, stocks) } : {}),
    screen: screenProcedure(services),
    ...(calendar ? { calendar: calendarRouter(services, calendar) } : {}),
    meta: metaRouter(services),
    ops: opsRouter(services),
    query: queryRouter(services),
    sql: sqlRouter(services),
  })
  return { router: whole, procedures: proceduresOf(whole) }
}

/** Answered from the calendar in memory, which inspects its table when it reads it. */
function calendarRouter({ calendar }: Services, { dataset }: CalendarTable) {
  const procedure = datasetProcedure(dataset.name)
  const { sessions, next, previous, offset } = calendarInputs
  return router({
    sessions: procedure.input(argumentsOf(sessions)).query(({ input }) => calendar.sessions(input)),
    next: procedure.input(argumentsOf(next)).query(({ input }) => calendar.offset({ ...input, n: 1 })),
    previous: procedure.input(argumentsOf(previous)).query(({ input }) => calendar.offset({ ...input, n: -1 })),
    offset: procedure.input(argumentsOf(offset)).query(({ input }) => calendar.offset(input)),
  })
}
