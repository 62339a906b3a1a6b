import { screenInputOf } from '@stockdb/contract/internal'
import { planScreen } from '../plan/screen/plan-screen.ts'
import { answer } from './answer.ts'
import { boundedSymbols } from './bounded-symbols.ts'
import type { Live } from './context.ts'
import { procedure, requestOf } from './trpc.ts'

/** Stocks by conditions on one date, over all datasets of the catalogue as it is now. */
export function screenProcedure(live: Live) {
  // Made again with each catalogue: a condition that was checked against one must not be planned with another.
  const { services } = live
  return procedure('read', { namesDatasets: 'in input' })
    .input(requestOf(screenInputOf(services.catalogue, (name) => services.factors.refuseDropped(name))))
    .query(({ ctx, input: { input, fresh } }) => {
      const bounded = boundedSymbols(services.bounds, input)
      return answer(services, ctx, (reader) => planScreen(services.planner, bounded, reader), { fresh })
    })
}
