import { screenInputOf } from '@stockdb/contract/internal'
import { answer } from './answer.ts'
import { boundedSymbols } from './bounded-symbols.ts'
import type { Services } from './context.ts'
import { procedure, questionOf } from './trpc.ts'

/** Stocks by conditions on one date, over all datasets of the catalogue. */
export function screenProcedure(services: Services) {
  const { catalogue, planner, bounds } = services
  return procedure('read')
    .input(questionOf(screenInputOf(catalogue)))
    .query(({ ctx, input: { input, fresh } }) =>
      answer(services, ctx, (reader) => planner.screen(boundedSymbols(bounds, input), reader), { fresh }),
    )
}
