import { calendarInputs, reservedNames, rolesOf } from '@stockdb/contract/internal'
import type { AnyTRPCRouter } from '@trpc/server'
import { Calendar } from '../execute/calendar.ts'
import { readMerged } from '../execute/read-merged.ts'
import { CalendarQueries, type CalendarTable, calendarFields } from '../plan/calendar.ts'
import { stockTables } from '../plan/instruments/stocks.ts'
import type { CallContext, Services } from './context.ts'
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

function calendarRouter({ engine, planner, cache, tables }: Services, table: CalendarTable) {
  const { dataset } = table
  const procedure = datasetProcedure(dataset.name)
  const ask = async <Answer>(
    { signal }: CallContext,
    about: (calendar: Calendar) => Promise<Answer>,
  ): Promise<Answer> => {
    await tables.check(dataset)
    const checks = planner.repeatChecks([{ dataset, fields: calendarFields(table) }], {})
    return readMerged({ engine, cache }, checks, signal, (source, kept) =>
      about(new Calendar(source, new CalendarQueries(table, kept), dataset.name)),
    )
  }
  const { sessions, next, previous, offset } = calendarInputs
  return router({
    sessions: procedure
      .input(argumentsOf(sessions))
      .query(({ ctx, input }) => ask(ctx, (days) => days.sessions(input, ctx.signal))),
    next: procedure
      .input(argumentsOf(next))
      .query(({ ctx, input }) => ask(ctx, (days) => days.next(input, ctx.signal))),
    previous: procedure
      .input(argumentsOf(previous))
      .query(({ ctx, input }) => ask(ctx, (days) => days.previous(input, ctx.signal))),
    offset: procedure
      .input(argumentsOf(offset))
      .query(({ ctx, input }) => ask(ctx, (days) => days.offset(input, ctx.signal))),
  })
}
