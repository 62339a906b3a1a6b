import { instrumentInputsOf, timelessFields } from '@stockdb/contract/internal'
import { listInstruments } from '../plan/instruments/list-instruments.ts'
import { SEARCHED, searchInstruments } from '../plan/instruments/search-instruments.ts'
import { fieldsRead, type StockTables } from '../plan/instruments/stocks.ts'
import type { QueryPlan } from '../plan/planner.ts'
import type { QueryCache } from '../plan/prepared-query.ts'
import { boundedSymbols } from './bounded-symbols.ts'
import type { CallContext, Services } from './context.ts'
import { mayReadAll, sendFrame } from './send-frame.ts'
import { symbolCheck } from './symbol-check.ts'
import { argumentsOf, datasetProcedure, router } from './trpc.ts'

const CHINA_AHEAD_MS = 8 * 3_600_000

/** The day that it is in China, whose clocks never change. */
const today = (): string => new Date(Date.now() + CHINA_AHEAD_MS).toISOString().slice(0, 10)

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
  /** The question, made so that of several rows of a key one counts where the datasets say so. */
  const merging = (from: StockTables, fields: readonly string[], ask: (cache: QueryCache) => QueryPlan): QueryPlan => ({
    ...ask(cache),
    repeatChecks: services.planner.repeatChecks(fieldsRead(from, fields), {}),
    mergedQuery: (merged) => ask(cache.merging(merged)).query,
  })
  return router({
    list: procedure.input(argumentsOf(inputs.list)).query(async ({ ctx, input }) => {
      const from = await readable(ctx)
      await mayReadAll(services, ctx, reads(from))
      const asked = { ...boundedSymbols(services.bounds, input), asOf: input.asOf ?? today() }
      const fields = input.fields ?? timelessFields(stocks)
      const question = merging(from, fields, (kept) => listInstruments(kept, from, asked))
      const check = symbolCheck(services, ctx, [stocks], input)
      return sendFrame(services, ctx, question, reads(from), check)
    }),
    search: procedure.input(argumentsOf(inputs.search)).query(async ({ ctx, input }) => {
      const from = await readable(ctx)
      await mayReadAll(services, ctx, reads(from))
      const question = merging(from, SEARCHED, (kept) => searchInstruments(kept, from, input))
      return sendFrame(services, ctx, question, reads(from))
    }),
  })
}
