import { calendarInputs, reservedNames } from '@stockdb/contract/internal'
import type { AnyTRPCRouter } from '@trpc/server'
import { Calendar } from '../execute/calendar.ts'
import { demandUnique } from '../execute/demand-unique.ts'
import { CalendarQueries } from '../plan/calendar.ts'
import { stockTables } from '../plan/instruments/stocks.ts'
import type { Services } from './context.ts'
import { datasetRouter } from './dataset-router.ts'
import { instrumentsRouter } from './instruments-router.ts'
import { metaRouter } from './meta-router.ts'
import { opsRouter } from './ops-router.ts'
import { queryRouter } from './query-router.ts'
import { screenProcedure } from './screen-procedure.ts'
import { sqlRouter } from './sql-router.ts'
import { datasetProcedure, router, scopesOf } from './trpc.ts'

/** The router of one server, made from its catalogue, and the scope that each of its procedures demands. */
export function createRouter(services: Services) {
  const datasets: Record<string, AnyTRPCRouter> = {}
  for (const dataset of Object.values(services.catalogue)) {
    if (reservedNames.includes(dataset.name)) throw new TypeError(`a dataset can not be named ${dataset.name}`)
    datasets[dataset.name] = datasetRouter(services, dataset)
  }
  const stocks = stockTables(services.catalogue)
  const whole = router({
    ...datasets,
    ...(stocks ? { instruments: instrumentsRouter(services, stocks) } : {}),
    screen: screenProcedure(services),
    ...(services.catalogue.trade_cal ? { calendar: calendarRouter(services) } : {}),
    meta: metaRouter(services),
    ops: opsRouter(services),
    query: queryRouter(services),
    sql: sqlRouter(services),
  })
  return { router: whole, scopes: scopesOf(whole) }
}

function calendarRouter(services: Services) {
  const { engine, catalogue, planner, cache, tables } = services
  const table = catalogue.trade_cal
  if (!table) throw new TypeError('the catalogue has no trade_cal')
  const calendar = new Calendar(engine, new CalendarQueries(table, cache))
  const checked = datasetProcedure(table.name).use(async ({ ctx, next }) => {
    await tables.check(table)
    await demandUnique(engine, planner.repeatChecks([table], {}), ctx.signal)
    return next()
  })
  return router({
    sessions: checked.input(calendarInputs.sessions).query(({ ctx, input }) => calendar.sessions(input, ctx.signal)),
    next: checked.input(calendarInputs.next).query(({ ctx, input }) => calendar.next(input, ctx.signal)),
    previous: checked.input(calendarInputs.previous).query(({ ctx, input }) => calendar.previous(input, ctx.signal)),
    offset: checked.input(calendarInputs.offset).query(({ ctx, input }) => calendar.offset(input, ctx.signal)),
  })
}
