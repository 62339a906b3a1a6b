import type { Dataset } from '@stockdb/contract'
import { dateOf, daysOf } from '@stockdb/contract/internal'
import type { ReadBatch } from '../engine/engine.ts'
import { FactorSteps } from '../plan/adjust/factor-steps.ts'
import type { WantedFactors } from '../plan/adjust/select-factors.ts'

/** How long before the first day that counts factors are looked for at first: most symbols have one within a holiday. */
const DAYS_BEFORE = 31
/** Symbols that are left out by name: more would be a longer statement than all databases take. */
const MAX_NAMED = 10_000

type Read = (wanted: WantedFactors) => AsyncIterable<ReadBatch>

/** Which factors there must be: `since` is the first day that one is looked up for. */
interface Needed {
  readonly symbols?: readonly string[] | undefined
  readonly since?: string | undefined
  readonly until?: string | undefined
}

/**
 * Reads the steps of factors, so that each day from `since` to `until` finds the last one on or before it. Of the factors
 * before `since` only the last one of a symbol counts: they are read from shortly before it on, and from the beginning only
 * for symbols that have none there. So a question about a few days does not read the factors of years.
 */
export async function readFactorSteps(
  factors: Dataset,
  read: Read,
  { symbols, since, until }: Needed,
): Promise<FactorSteps> {
  const collectSteps = async (batches: AsyncIterable<ReadBatch>): Promise<FactorSteps> => {
    const steps = new FactorSteps(factors)
    for await (const { batch } of batches) steps.add(batch)
    return steps.finish()
  }
  if (since === undefined) return collectSteps(read({ symbols, until }))
  const first = dateOf(daysOf(since) - DAYS_BEFORE)
  const steps = await collectSteps(read({ symbols, since: first, until }))
  const known = steps.knownOn(daysOf(since))
  const older = olderOf(symbols, known)
  return older ? steps.withOlder(await collectSteps(read({ ...older, until: dateOf(daysOf(first) - 1) }))) : steps
}

/** The symbols whose older factors count; `undefined` if there are none. */
function olderOf(
  symbols: readonly string[] | undefined,
  known: ReadonlySet<string>,
): Pick<WantedFactors, 'symbols' | 'except'> | undefined {
  if (symbols) {
    const others = symbols.filter((symbol) => !known.has(symbol))
    return others.length > 0 ? { symbols: others } : undefined
  }
  return known.size > MAX_NAMED ? {} : { except: [...known] }
}
