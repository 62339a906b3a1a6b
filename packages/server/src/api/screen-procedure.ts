import type { CheckedScreen } from '@stockdb/contract/internal'
import { screenInputOf } from '@stockdb/contract/internal'
import type { FrameSource, JsonFrame } from '@stockdb/contract/wire'
import { StockdbError } from '@stockdb/contract/wire'
import type { RowSource } from '../engine/engine.ts'
import { collect } from '../execute/collect.ts'
import { demandUnique } from '../execute/demand-unique.ts'
import { executeFrom } from '../execute/execute.ts'
import { nothingExpected } from '../execute/expectations.ts'
import { withKnownSymbols } from '../execute/known-symbols.ts'
import { readAtOnce } from '../execute/reading.ts'
import { ruleFields } from '../plan/as-of/rules.ts'
import { RowGuess } from '../plan/row-guess.ts'
import { type Part, partsOf } from '../plan/screen/parts.ts'
import { screenQuestion } from '../plan/screen/select-screen.ts'
import { selectDayBefore, selectPublished, type Universe, universeOf } from '../plan/screen/universe.ts'
import { boundedSymbols } from './bounded-symbols.ts'
import type { CallContext, Services } from './context.ts'
import { deliver } from './deliver.ts'
import { mayReadAll } from './send-frame.ts'
import { symbolCheck } from './symbol-check.ts'
import { argumentsOf, procedure } from './trpc.ts'

/** Stocks by conditions on one date, over all datasets of the catalogue. */
export function screenProcedure(services: Services) {
  const { catalogue, cache } = services

  /** The date of the constituents of an index; that there are none is an error, never an empty answer. */
  const findPublished = async (
    source: RowSource,
    { dataset }: Universe,
    { index, date }: CheckedScreen,
    signal: AbortSignal,
  ): Promise<string | undefined> => {
    if (index === undefined || !dataset) return undefined
    const [dates] = await collect(source, selectPublished(cache, dataset, { index, date }), signal)
    const found = dates?.[0]
    if (typeof found === 'string') return found
    throw new StockdbError(
      'INVALID_INPUT',
      `index: ${dataset.name} has no constituents of "${index}" on or before ${date}; import them, or name another index`,
    )
  }

  /** The last day before the date, of datasets of which the day itself was not known on it. */
  const findDays = async (
    source: RowSource,
    parts: readonly Part[],
    date: string,
    signal: AbortSignal,
  ): Promise<Map<string, string>> => {
    const days = new Map<string, string>()
    for (const { dataset, taken } of parts) {
      if (taken.by !== 'day before') continue
      const [dates] = await collect(source, selectDayBefore(cache, dataset, date), signal)
      const found = dates?.[0]
      if (typeof found === 'string') days.set(dataset.name, found)
    }
    return days
  }

  const run = async (ctx: CallContext, input: CheckedScreen): Promise<FrameSource | JsonFrame> => {
    const universe = universeOf(catalogue, input)
    const parts = partsOf(catalogue, input)
    const reads = [...(universe.dataset ? [universe.dataset] : []), ...parts.map(({ dataset }) => dataset)]
    await mayReadAll(services, ctx, reads)
    const guessed = parts.reduce((rows, { dataset, taken }) => {
      const guess = new RowGuess(dataset)
      // Of an index the statements of its constituents alone are read; a few hundred of them are not a market.
      return rows + (taken.by === 'announcement' && input.index === undefined ? guess.asOf(input) : guess.at(input))
    }, 0)
    const { signal } = ctx
    const { planner } = services
    const named = input.index === undefined ? input.symbols : undefined
    const checks = [
      ...(universe.dataset
        ? planner.repeatChecks([{ dataset: universe.dataset, fields: universe.fields }], {
            symbols: input.index === undefined ? undefined : [input.index],
          })
        : []),
      ...parts.flatMap(({ dataset, taken, fields }) =>
        planner.repeatChecks([{ dataset, fields: [...fields, ...ruleFields(dataset)] }], {
          symbols: named,
          date: taken.by === 'date' ? input.date : undefined,
        }),
      ),
    ]
    const severalReads =
      checks.length > 0 || input.index !== undefined || parts.some(({ taken }) => taken.by === 'day before')
    const check = symbolCheck(
      services,
      ctx,
      parts.map(({ dataset }) => dataset),
      input,
      {
        // Of codes that are given there are rows whether anything has them or not.
        shownByRows: universe.kind !== 'symbols',
        list: 'stock_basic',
        ...(universe.kind === 'index' && universe.dataset
          ? { others: [{ dataset: universe.dataset, field: 'con_code' }] }
          : {}),
      },
    )
    const open = () =>
      readAtOnce(services.engine, severalReads ? reads : undefined, signal, async (reading) => {
        const merged = await demandUnique(reading, checks, signal)
        const published = await findPublished(reading, universe, input, signal)
        const days = await findDays(reading, parts, input.date, signal)
        const question = screenQuestion(cache.merging(merged), { universe, parts, published, days }, input)
        const frame = await executeFrom(reading, question, nothingExpected, signal)
        return withKnownSymbols(frame, check, services, signal)
      })
    return deliver(services, ctx, guessed, open, reads)
  }

  return procedure('read')
    .input(argumentsOf(screenInputOf(catalogue)))
    .query(({ ctx, input }) => run(ctx, boundedSymbols(services.bounds, input)))
}
