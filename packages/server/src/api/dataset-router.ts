import type { Dataset, FrameSource, JsonFrame } from '@stockdb/contract'
import { asOfInputOf, inputsOf, isKnown, StockdbError } from '@stockdb/contract'
import { answer } from '../answer/answer.ts'
import type { Question } from '../query/question.ts'
import { RowGuess } from '../query/row-guess.ts'
import type { CallContext, Services } from './context.ts'
import { deliver } from './deliver.ts'
import { datasetProcedure, router } from './trpc.ts'

/** The procedures of one dataset: `range`, `at` and `latest` where its rows have a date, else `list`; `asOf` by its rule. */
export function datasetRouter(services: Services, dataset: Dataset) {
  const inputs = inputsOf(dataset)
  const { questions, bounds } = services
  const procedure = datasetProcedure(dataset.name)
  const ask = async (ctx: CallContext, question: Question, guessedRows: number): Promise<FrameSource | JsonFrame> => {
    await services.tables.check(dataset)
    const factors = question.adjustment && services.catalogue[question.adjustment.plan.rule.dataset]
    if (factors) {
      // Adjusted beside raw prices tell the factors.
      ctx.caller.demandDataset(factors.name)
      await services.tables.check(factors)
    }
    const heavy = guessedRows > bounds.heavyRows
    return deliver(services, ctx, heavy, () => answer(services, question, ctx.signal))
  }
  /** The server's own bound of a list may be below that of the contract. */
  const bounded = <Input extends { readonly symbols?: readonly string[] | undefined }>(input: Input): Input => {
    if ((input.symbols?.length ?? 0) <= bounds.maxListLength) return input
    const most = `this server takes at most ${bounds.maxListLength} in a list; leave it out to take all`
    throw new StockdbError('INVALID_INPUT', `symbols: got ${input.symbols?.length}; ${most}`)
  }
  const guess = new RowGuess(dataset)
  const known = isKnown(dataset)
    ? {
        asOf: procedure
          .input(asOfInputOf(dataset))
          .query(({ ctx, input }) => ask(ctx, questions.asOf(dataset, bounded(input)), guess.asOf(input))),
      }
    : {}
  return dataset.date === undefined
    ? router({
        list: procedure
          .input(inputs.list)
          .query(({ ctx, input }) => ask(ctx, questions.list(dataset, bounded(input)), guess.list(input))),
        ...known,
      })
    : router({
        range: procedure
          .input(inputs.range)
          .query(({ ctx, input }) => ask(ctx, questions.range(dataset, bounded(input)), guess.range(input))),
        at: procedure
          .input(inputs.at)
          .query(({ ctx, input }) => ask(ctx, questions.at(dataset, bounded(input)), guess.at(input))),
        latest: procedure
          .input(inputs.latest)
          .query(({ ctx, input }) => ask(ctx, questions.latest(dataset, bounded(input)), guess.latest(input))),
        ...known,
      })
}

/** The names of a dataset's procedures. */
export function proceduresOf(dataset: Dataset): readonly string[] {
  return [...(dataset.date === undefined ? ['list'] : ['range', 'at', 'latest']), ...(isKnown(dataset) ? ['asOf'] : [])]
}
