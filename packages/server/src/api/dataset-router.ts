import type { Dataset } from '@stockdb/contract'
import { inputsOf } from '@stockdb/contract'
import { answer } from '../answer/answer.ts'
import type { Question } from '../query/question.ts'
import type { CallContext, Services } from './context.ts'
import { frameProcedure, router } from './trpc.ts'

/** The procedures of one dataset: `range`, `at` and `latest` where its rows have a date, else `list`. */
export function datasetRouter(services: Services, dataset: Dataset) {
  const inputs = inputsOf(dataset)
  const { questions } = services
  const ask = async (ctx: CallContext, question: Question) => {
    await services.tables.check(dataset)
    const factors = question.adjustment && services.catalogue[question.adjustment.plan.rule.dataset]
    if (factors) await services.tables.check(factors)
    return answer(services.engine, question, ctx.signal)
  }
  return dataset.date === undefined
    ? router({
        list: frameProcedure.input(inputs.list).query(({ ctx, input }) => ask(ctx, questions.list(dataset, input))),
      })
    : router({
        range: frameProcedure.input(inputs.range).query(({ ctx, input }) => ask(ctx, questions.range(dataset, input))),
        at: frameProcedure.input(inputs.at).query(({ ctx, input }) => ask(ctx, questions.at(dataset, input))),
        latest: frameProcedure
          .input(inputs.latest)
          .query(({ ctx, input }) => ask(ctx, questions.latest(dataset, input))),
      })
}

/** The names of a dataset's procedures. */
export function proceduresOf(dataset: Dataset): readonly string[] {
  return dataset.date === undefined ? ['list'] : ['range', 'at', 'latest']
}
