import type { Dataset } from '@stockdb/contract'
import { inputOf, type ReadName, readsOf, watchInputOf } from '@stockdb/contract/internal'
import type { AnyTRPCQueryProcedure } from '@trpc/server'
import type { DatasetPlans } from '../plan/planner.ts'
import { answer } from './answer.ts'
import { boundedSymbols } from './bounded-symbols.ts'
import type { Live } from './context.ts'
import { readProcedure, router, subscriptionProcedure } from './trpc.ts'
import { writeProcedures } from './write-procedures.ts'

/** The procedures of one dataset: those that read it, as the contract declares them, and those that change or watch it. */
export function datasetRouter(live: Live, dataset: Dataset) {
  const reads: Record<string, AnyTRPCQueryProcedure> = {}
  for (const name of readsOf(dataset)) reads[name] = planned(live, dataset, name)
  return router({
    ...reads,
    ...writeProcedures(live, dataset),
    watch: subscriptionProcedure(
      { scope: 'read', dataset: dataset.name },
      watchInputOf(dataset),
      async ({ signal }, input = {}, sink) => {
        const { bounds, changes } = live.services
        const { symbols, since, lastEventId } = boundedSymbols(bounds, input)
        await changes.listen({
          ...{ dataset: dataset.name, symbols, signal },
          since: lastEventId === undefined ? since : Number(lastEventId),
          emit: (event) => sink.send(String(event.sequence), event),
          onRoom: (act) => sink.onRoom(act),
        })
      },
    ),
  })
}

/** A procedure that answers with what the planner's method of its name plans. */
function planned<Name extends ReadName>(live: Live, dataset: Dataset, name: Name) {
  return readProcedure(dataset.name, inputOf(dataset, name), ({ ctx, input, fresh }) => {
    const { services } = live
    boundedSymbols(services.bounds, input as { readonly symbols?: readonly string[] })
    const planner: DatasetPlans = services.planner
    return answer(services, ctx, (reader) => planner[name](dataset, input, reader), { fresh })
  })
}
