import { instrumentInputsOf } from '@stockdb/contract/internal'
import { listInstruments } from '../plan/instruments/list-instruments.ts'
import { searchInstruments } from '../plan/instruments/search-instruments.ts'
import type { StockTables } from '../plan/instruments/stocks.ts'
import { boundedSymbols } from './bounded-symbols.ts'
import type { CallContext, Services } from './context.ts'
import { mayReadAll, sendFrame } from './send-frame.ts'
import { symbolCheck } from './symbol-check.ts'
import { datasetProcedure, router } from './trpc.ts'

/** Questions about stocks: who was listed on a date, and which one a text means. */
export function instrumentsRouter(services: Services, { stocks, names }: StockTables) {
  const { cache, tables } = services
  const inputs = instrumentInputsOf(stocks)
  const procedure = datasetProcedure(stocks.name)
  /** Without names of the past, or for a caller who may not read them, answers have those of today, and say so row by row. */
  const readable = async ({ caller }: CallContext): Promise<StockTables> => {
    const told = names && caller.mayRead(names.name) && (await tables.problem(names)) === undefined
    return { stocks, names: told ? names : undefined }
  }
  const reads = ({ names: read }: StockTables) => (read ? [stocks, read] : [stocks])
  const repeats = (from: StockTables) => services.planner.repeatChecks(reads(from), {})
  return router({
    list: procedure.input(inputs.list).query(async ({ ctx, input }) => {
      const from = await readable(ctx)
      await mayReadAll(services, ctx, reads(from))
      const question = listInstruments(cache, from, boundedSymbols(services.bounds, input))
      const check = symbolCheck(services, ctx, [stocks], input)
      return sendFrame(services, ctx, { ...question, repeatChecks: repeats(from) }, check)
    }),
    search: procedure.input(inputs.search).query(async ({ ctx, input }) => {
      const from = await readable(ctx)
      await mayReadAll(services, ctx, reads(from))
      return sendFrame(services, ctx, { ...searchInstruments(cache, from, input), repeatChecks: repeats(from) })
    }),
  })
}
