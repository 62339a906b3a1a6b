import { dateOf, daysOf } from '@stockdb/contract/internal'
import { datasetOf } from '../../plan/plan-context.ts'
import type { FactorsRead } from '../../plan/read.ts'
import { FactorSteps } from '../adjust/factor-steps.ts'
import { withoutRepeats } from '../read-rows.ts'
import { queryOf, type Run } from '../run.ts'

/** How long before the first day that counts factors are looked for at first: most symbols have one within a holiday. */
const DAYS_BEFORE = 31
/** Symbols that are left out by name: more would be a longer statement than all databases take. */
const MAX_NAMED = 10_000

/** Which factors there must be: `since` is the first day that one is looked up for. */
interface Needed {
  readonly since?: string | undefined
  readonly until?: string | undefined
}

/**
 * Reads the steps of factors, so that each day from `since` to `until` finds the last one on or before it. Of the factors
 * before `since` only the last one of a symbol counts: they are read from shortly before it on, and from the beginning only
 * for symbols that have none there. So a question about a few days does not read the factors of years.
 */
export async function readFactorSteps(run: Run, read: FactorsRead, { since, until }: Needed): Promise<FactorSteps> {
  const collectSteps = async (
    wanted: Omit<FactorsRead, 'read' | 'dataset' | 'factor' | 'repeats'>,
  ): Promise<FactorSteps> => {
    const steps = new FactorSteps(datasetOf(run.cache, read.dataset))
    const query = queryOf(run, { ...read, ...wanted })
    for await (const { batch } of withoutRepeats(run.source.read(query, run.signal), query)) steps.add(batch)
    return steps.finish()
  }
  if (since === undefined) return collectSteps({ until })
  const first = dateOf(daysOf(since) - DAYS_BEFORE)
  const steps = await collectSteps({ since: first, until })
  const older = olderOf(read.symbols, steps.knownOn(daysOf(since)))
  return older ? steps.withOlder(await collectSteps({ ...older, until: dateOf(daysOf(first) - 1) })) : steps
}

/** The symbols whose older factors count; `undefined` if there are none. */
function olderOf(
  symbols: readonly string[] | undefined,
  known: ReadonlySet<string>,
): Pick<FactorsRead, 'symbols' | 'except'> | undefined {
  if (symbols) {
    const others = symbols.filter((symbol) => !known.has(symbol))
    return others.length > 0 ? { symbols: others } : undefined
  }
  return known.size > MAX_NAMED ? {} : { except: [...known] }
}
