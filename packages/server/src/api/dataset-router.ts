import type { Dataset } from '@stockdb/contract'
import { asOfInputOf, inputsOf, isKnown, isPanelled, panelInputOf, watchInputOf } from '@stockdb/contract/internal'
import { tracked } from '@trpc/server'
import type { z } from 'zod'
import type { Reader } from '../plan/facts.ts'
import type { QueryPlan } from '../plan/query-plan.ts'
import { answer } from './answer.ts'
import { boundedSymbols } from './bounded-symbols.ts'
import type { CallContext, Services } from './context.ts'
import { type Asked, datasetProcedure, readProcedure, router } from './trpc.ts'
import { writeProcedures } from './write-procedures.ts'

/**
 * The procedures of one dataset: `range`, `at` and `latest` if its rows have a date, else `list`; `panel` and `asOf`
 * depending on its rules.
 */
export function datasetRouter(services: Services, dataset: Dataset) {
  const inputs = inputsOf(dataset)
  const { planner, bounds } = services
  const procedure = datasetProcedure(dataset.name)
  /** A procedure that plans its input and answers with what the plan reads. */
  const planned =
    <Input extends { readonly symbols?: readonly string[] | undefined }>(
      plan: (input: Input, reader: Reader) => QueryPlan,
    ) =>
    ({ ctx, input, fresh }: { readonly ctx: CallContext } & Asked<Input>) =>
      answer(services, ctx, (reader) => plan(boundedSymbols(bounds, input), reader), { fresh })
  const read = <Schema extends z.ZodType<{ readonly symbols?: readonly string[] | undefined }>>(
    schema: Schema,
    plan: (input: z.output<Schema>, reader: Reader) => QueryPlan,
  ) => readProcedure(dataset.name, schema, planned(plan))
  const known = isKnown(dataset)
    ? { asOf: read(asOfInputOf(dataset), (input, reader) => planner.asOf(dataset, input, reader)) }
    : {}
  const panel = isPanelled(dataset)
    ? { panel: read(panelInputOf(dataset), (input, reader) => planner.panel(dataset, input, reader)) }
    : {}
  const writes = {
    ...writeProcedures(services, dataset),
    watch: procedure.input(watchInputOf(dataset)).subscription(async function* ({ ctx, input = {} }) {
      const { symbols, since, lastEventId } = boundedSymbols(bounds, input)
      const after = lastEventId === undefined ? since : Number(lastEventId)
      const listening = { dataset: dataset.name, symbols, since: after, signal: ctx.signal }
      for await (const event of services.changes.listen(listening)) yield tracked(String(event.sequence), event)
    }),
  }
  return dataset.date === undefined
    ? router({
        list: read(inputs.list, (input, reader) => planner.list(dataset, input, reader)),
        ...known,
        ...writes,
      })
    : router({
        range: read(inputs.range, (input, reader) => planner.range(dataset, input, reader)),
        at: read(inputs.at, (input, reader) => planner.at(dataset, input, reader)),
        latest: read(inputs.latest, (input, reader) => planner.latest(dataset, input, reader)),
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
