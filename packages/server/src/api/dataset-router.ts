import type { Dataset, FrameSource, JsonFrame } from '@stockdb/contract'
import { asOfInputOf, collectJson, inputsOf, isKnown, limits } from '@stockdb/contract'
import { answer } from '../answer/answer.ts'
import type { Question } from '../query/question.ts'
import type { CallContext, Services } from './context.ts'
import { datasetProcedure, router } from './trpc.ts'

/** The procedures of one dataset: `range`, `at` and `latest` where its rows have a date, else `list`; `asOf` by its rule. */
export function datasetRouter(services: Services, dataset: Dataset) {
  const inputs = inputsOf(dataset)
  const { questions } = services
  const procedure = datasetProcedure(dataset.name)
  /** A frame on its way for a caller who asked for Arrow, to be streamed; collected as JSON, within its limit, for others. */
  const ask = async (ctx: CallContext, question: Question): Promise<FrameSource | JsonFrame> => {
    await services.tables.check(dataset)
    const factors = question.adjustment && services.catalogue[question.adjustment.plan.rule.dataset]
    if (factors) {
      // Adjusted beside raw prices tell the factors.
      ctx.caller.demandDataset(factors.name)
      await services.tables.check(factors)
    }
    const frame = await answer(services.engine, question, ctx.signal)
    if (ctx.format === 'arrow') return frame
    const json = await collectJson(frame, limits.jsonRows)
    ctx.tally.rows = json.items.length
    return json
  }
  const known = isKnown(dataset)
    ? {
        asOf: procedure.input(asOfInputOf(dataset)).query(({ ctx, input }) => ask(ctx, questions.asOf(dataset, input))),
      }
    : {}
  return dataset.date === undefined
    ? router({
        list: procedure.input(inputs.list).query(({ ctx, input }) => ask(ctx, questions.list(dataset, input))),
        ...known,
      })
    : router({
        range: procedure.input(inputs.range).query(({ ctx, input }) => ask(ctx, questions.range(dataset, input))),
        at: procedure.input(inputs.at).query(({ ctx, input }) => ask(ctx, questions.at(dataset, input))),
        latest: procedure.input(inputs.latest).query(({ ctx, input }) => ask(ctx, questions.latest(dataset, input))),
        ...known,
      })
}

/** The names of a dataset's procedures. */
export function proceduresOf(dataset: Dataset): readonly string[] {
  return [...(dataset.date === undefined ? ['list'] : ['range', 'at', 'latest']), ...(isKnown(dataset) ? ['asOf'] : [])]
}
