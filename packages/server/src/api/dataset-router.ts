import type { Dataset } from '@stockdb/contract'
import { asOfInputOf, inputsOf, isKnown, isPanelled, panelInputOf } from '@stockdb/contract/internal'
import type { FrameSource, JsonFrame } from '@stockdb/contract/wire'
import { execute } from '../execute/execute.ts'
import { withKnownSymbols } from '../execute/known-symbols.ts'
import { type CheckedPanel, executePanel } from '../execute/panel.ts'
import type { QueryPlan } from '../plan/planner.ts'
import { RowGuess } from '../plan/row-guess.ts'
import { boundedSymbols } from './bounded-symbols.ts'
import type { CallContext, Services } from './context.ts'
import { delistingsFor } from './delistings.ts'
import { deliver } from './deliver.ts'
import { symbolCheck } from './symbol-check.ts'
import { demandTradingDays, sourcesFor } from './trading-days.ts'
import { argumentsOf, datasetProcedure, router } from './trpc.ts'

/** The procedures of one dataset: `range`, `at` and `latest` where its rows have a date, else `list`; `panel` and `asOf` by its rules. */
export function datasetRouter(services: Services, dataset: Dataset) {
  const inputs = inputsOf(dataset)
  const { planner, bounds } = services
  const procedure = datasetProcedure(dataset.name)
  const mayAsk = async (ctx: CallContext, adjusted: boolean): Promise<void> => {
    await services.tables.check(dataset)
    const factors = adjusted && dataset.adjustment && services.catalogue[dataset.adjustment.dataset]
    if (!factors) return
    // Adjusted beside raw prices tell the factors.
    ctx.caller.requireDataset(factors.name)
    await services.tables.check(factors)
  }
  const ask = async (
    ctx: CallContext,
    makePlan: () => QueryPlan,
    guessedRows: number,
  ): Promise<FrameSource | JsonFrame> => {
    // What the look at the table tells decides how the plan is made.
    await services.tables.check(dataset)
    const plan = makePlan()
    if (plan.bars?.kind === 'sessions') demandTradingDays(services, ctx)
    await mayAsk(ctx, plan.adjustment !== undefined)
    const check = symbolCheck(services, ctx, [dataset], plan.arguments)
    const open = async () => {
      const frame = await execute(sourcesFor(services, ctx), plan, ctx.signal)
      return withKnownSymbols(frame, check, services, ctx.signal)
    }
    return deliver(services, ctx, guessedRows, open, readsOf(dataset, plan.adjustment?.factors))
  }
  const askPanel = async (ctx: CallContext, input: CheckedPanel): Promise<FrameSource | JsonFrame> => {
    demandTradingDays(services, ctx)
    const delistings = input.fill === 'previous' ? await delistingsFor(services, ctx) : undefined
    const adjusted = input.adjust !== undefined && input.adjust !== 'none'
    await mayAsk(ctx, adjusted)
    const check = symbolCheck(services, ctx, [dataset], input)
    const known = (frame: FrameSource): FrameSource => withKnownSymbols(frame, check, services, ctx.signal)
    const sources = sourcesFor(services, ctx)
    const open = () => executePanel(sources, planner, dataset, input, { delistings, known }, ctx.signal)
    const factors = adjusted ? services.catalogue[dataset.adjustment?.dataset ?? ''] : undefined
    return deliver(services, ctx, guess.range(input), open, readsOf(dataset, factors, delistings?.dataset))
  }
  const bounded = <Input extends { readonly symbols?: readonly string[] | undefined }>(input: Input): Input =>
    boundedSymbols(bounds, input)
  const guess = new RowGuess(dataset)
  const known = isKnown(dataset)
    ? {
        asOf: procedure
          .input(argumentsOf(asOfInputOf(dataset)))
          .query(({ ctx, input }) => ask(ctx, () => planner.asOf(dataset, bounded(input)), guess.asOf(input))),
      }
    : {}
  const panel = isPanelled(dataset)
    ? {
        panel: procedure
          .input(argumentsOf(panelInputOf(dataset)))
          .query(({ ctx, input }) => askPanel(ctx, bounded(input))),
      }
    : {}
  return dataset.date === undefined
    ? router({
        list: procedure
          .input(argumentsOf(inputs.list))
          .query(({ ctx, input }) => ask(ctx, () => planner.list(dataset, bounded(input)), guess.list(input))),
        ...known,
      })
    : router({
        range: procedure
          .input(argumentsOf(inputs.range))
          .query(({ ctx, input }) => ask(ctx, () => planner.range(dataset, bounded(input)), guess.range(input))),
        at: procedure
          .input(argumentsOf(inputs.at))
          .query(({ ctx, input }) => ask(ctx, () => planner.at(dataset, bounded(input)), guess.at(input))),
        latest: procedure
          .input(argumentsOf(inputs.latest))
          .query(({ ctx, input }) => ask(ctx, () => planner.latest(dataset, bounded(input)), guess.latest(input))),
        ...panel,
        ...known,
      })
}

const readsOf = (...datasets: readonly (Dataset | undefined)[]): Dataset[] =>
  datasets.filter((dataset) => dataset !== undefined)

/** The names of a dataset's procedures. */
export function proceduresOf(dataset: Dataset): readonly string[] {
  return [
    ...(dataset.date === undefined ? ['list'] : ['range', 'at', 'latest']),
    ...(isPanelled(dataset) ? ['panel'] : []),
    ...(isKnown(dataset) ? ['asOf'] : []),
  ]
}
