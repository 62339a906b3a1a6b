import type { MinuteFrequency } from '@stockdb/contract/wire'
import { plainValues } from '@stockdb/contract/wire'
import type { BarChoice, QueryPlan } from '../plan/query-plan.ts'
import type { RowsPlan } from '../plan/step.ts'
import { SourceChoice } from './bars/choose-source.ts'
import { collectRead, queryOf, type Run } from './run.ts'

/** Rows and what is looked up for them, with the length of the stored bars that they are, or are made of. */
export interface ChosenRows extends RowsPlan, Pick<QueryPlan, 'lookups'> {
  readonly from?: MinuteFrequency
}

/** The rows of a plan. If only reading shows whether its bars are stored or made of shorter ones, this chooses. */
export async function chooseRows(
  found: Omit<Run, 'lookedUp'>,
  { rows, steps, lookups, choice }: QueryPlan,
): Promise<ChosenRows> {
  if (!choice) return { rows, steps, lookups }
  const run = { ...found, lookedUp: new Map() }
  const from = await findSource(run, choice)
  const { freq, built, frequency } = choice
  if (from === freq) return { rows, steps, lookups, from }
  const equal = { [frequency]: from }
  return {
    ...{ rows: { ...built.rows, equal }, steps: built.steps, from },
    lookups: built.lookups.map((lookup) =>
      lookup.read.read === 'lastDate' ? { ...lookup, read: { ...lookup.read, equal } } : lookup,
    ),
  }
}

/**
 * The longest stored length that has every bar the answer needs. If only one is stored, which an index shows, nothing is
 * compared.
 */
async function findSource(run: Run, choice: BarChoice): Promise<MinuteFrequency> {
  const { freq, rule, limit = Number.POSITIVE_INFINITY } = choice
  const [codes = [], lengths = []] = await collectRead(run, choice.lengths)
  // A subset of those that were requested.
  const stored = [...new Set(Array.from(lengths, (length) => String(length) as MinuteFrequency))]
  if (stored.length < 2) return stored[0] ?? freq
  const source = new SourceChoice(freq, stored, rule)
  for (const symbols of groupsOf([...new Set(Array.from(codes, String))].sort(), limit)) {
    await compareMoments(run, choice, stored, symbols ?? choice.moments.symbols, source)
    if (source.bars > limit) break
  }
  return source.found()
}

/**
 * All symbols at once if the answer has no limit; otherwise groups in the order of the answer, each as long as all before it,
 * because abandoning a read costs its connection.
 */
function* groupsOf(symbols: readonly string[], limit: number): Generator<readonly string[] | undefined> {
  if (limit === Number.POSITIVE_INFINITY) yield undefined
  else
    for (let from = 0, size = 1; from < symbols.length; from += size, size = from)
      yield symbols.slice(from, from + size)
}

async function compareMoments(
  run: Run,
  { moments, first = Number.NEGATIVE_INFINITY, last = Number.POSITIVE_INFINITY }: BarChoice,
  lengths: readonly MinuteFrequency[],
  symbols: readonly string[] | undefined,
  choice: SourceChoice,
): Promise<void> {
  let inHand: string | undefined
  const query = queryOf(run, { ...moments, lengths, symbols })
  for await (const { batch } of run.source.read(query, run.signal)) {
    const [codes = [], stored = []] = batch.vectors.slice(0, 2).map(plainValues)
    const times = batch.vectors[2]
    if (times?.type !== 'datetime') throw new TypeError('bars of minutes have a time')
    for (let row = 0; row < batch.numRows; row++) {
      const at = Number(times.values[row])
      // More than the range is read so that the bars at its edges are whole.
      if (!choice.isWithin(at, first, last)) continue
      const symbol = String(codes[row])
      if (symbol !== inHand) {
        if (inHand !== undefined) choice.close()
        inHand = symbol
      }
      choice.take(String(stored[row]), at)
    }
  }
  choice.close()
}
