import { CHINA_MS, instrumentInputsOf } from '@stockdb/contract/internal'
import { planInstruments } from '../plan/instruments/list-instruments.ts'
import { planSearch } from '../plan/instruments/search-instruments.ts'
import type { StockTables } from '../plan/instruments/stocks.ts'
import { answer } from './answer.ts'
import { boundedSymbols } from './bounded-symbols.ts'
import type { Live } from './context.ts'
import { datasetProcedure, requestOf, router } from './trpc.ts'

/** Today's date in China. */
const today = (): string => new Date(Date.now() + CHINA_MS).toISOString().slice(0, 10)

/** Procedures about stocks: which were listed on a date, and which one a text means. */
export function instrumentsRouter(live: Live, tables: StockTables) {
  const inputs = instrumentInputsOf(tables.stocks)
  const procedure = datasetProcedure(tables.stocks.name)
  return router({
    list: procedure.input(requestOf(inputs.list)).query(({ ctx, input: { input, fresh } }) => {
      const { services } = live
      const asked = { ...boundedSymbols(services.bounds, input), asOf: input.asOf ?? today() }
      return answer(services, ctx, (reader) => planInstruments(services.planner, tables, asked, reader), { fresh })
    }),
    search: procedure.input(requestOf(inputs.search)).query(({ ctx, input: { input, fresh } }) => {
      const { services } = live
      return answer(services, ctx, (reader) => planSearch(services.planner, tables, input, reader), { fresh })
    }),
  })
}
