import type { Dataset } from '@stockdb/contract'
import { asOfInputOf, inputsOf, isKnown, isPanelled, panelInputOf, watchInputOf } from '@stockdb/contract/internal'
import { tracked } from '@trpc/server'
import type { z } from 'zod'
import type { Reader } from '../plan/facts.ts'
import type { Planner } from '../plan/planner.ts'
import type { QueryPlan } from '../plan/query-plan.ts'
import { answer } from './answer.ts'
import { boundedSymbols } from './bounded-symbols.ts'
import type { CallContext, Live } from './context.ts'
import { type Asked, datasetProcedure, readProcedure, router } from './trpc.ts'
import { writeProcedures } from './write-procedures.ts'

/**
 * The procedures of one dataset: `range`, `at` and `latest` if its rows have a date, else `list`; `panel` and `asOf`
 * depending on its rules.
 */
export function datasetRouter(live: Live, dataset: Dataset) {
  const inputs = inputsOf(dataset)
  const procedure = datasetProcedure(dataset.name)
  /** A procedure that plans its input and answers with what the plan reads. */
  const planned =
    <Input extends { readonly symbols?: readonly string[] | undefined }>(
      plan: (planner: Planner, input: Input, reader: Reader) => QueryPlan,
    ) =>
    ({ ctx, input, fresh }: { readonly ctx: CallContext } & Asked<Input>) => {
      const { services } = live
      const bounded = boundedSymbols(services.bounds, input)
      return answer(services, ctx, (reader) => plan(services.planner, bounded, reader), { fresh })
    }
  const read = <Schema extends z.ZodType<{ readonly symbols?: readonly string[] | undefined }>>(
    schema: Schema,
    plan: (planner: Planner, input: z.output<Schema>, reader: Reader) => QueryPlan,
  ) => readProcedure(dataset.name, schema, planned(plan))
  const known = isKnown(dataset)
    ? { asOf: read(asOfInputOf(dataset), (planner, input, reader) => planner.asOf(dataset, input, reader)) }
    : {}
  const panel = isPanelled(dataset)
    ? { panel: read(panelInputOf(dataset), (planner, input, reader) => planner.panel(dataset, input, reader)) }
    : {}
  const writes = {
    ...writeProcedures(live, dataset),
    watch: procedure.input(watchInputOf(dataset)).subscription(async function* ({ ctx, input = {} }) {
      const { bounds, changes } = live.services
      const { symbols, since, lastEventId } = boundedSymbols(bounds, input)
      const after = lastEventId === undefined ? since : Number(lastEventId)
      const listening = { dataset: dataset.name, symbols, since: after, signal: ctx.signal }
      for await (const event of changes.listen(listening)) yield tracked(String(event.sequence), event)
    }),
  }
  return dataset.date === undefined
    ? router({
        list: read(inputs.list, (planner, input, reader) => planner.list(dataset, input, reader)),
        ...known,
        ...writes,
      })
    : router({
        range: read(inputs.range, (planner, input, reader) => planner.range(dataset, input, reader)),
        at: read(inputs.at, (planner, input, reader) => planner.at(dataset, input, reader)),
        latest: read(inputs.latest, (planner, input, reader) => planner.latest(dataset, input, reader)),
        ...panel,
        ...known,
        ...writes,
      })
}

/** The names of a dataset's procedures. */
export function proceduresOf(dataset: Dataset): readonly string[] {
  return [
    ...(dataset.date === undefined ? ['list'] : ['range', 'at', 'latest']),
    ...(isPanelled(dataset) ? ['panel'] : []),
    ...(isKnown(dataset) ? ['asOf'] : []),
    ...['upsert', 'delete', 'watch'],
  ]
}
