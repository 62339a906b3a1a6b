import { dateOf, daysOf } from '@stockdb/contract/internal'
import { datasetOf } from '../../plan/plan-context.ts'
import type { FactorsRead } from '../../plan/read-types.ts'
import { FactorSteps } from '../adjust/factor-steps.ts'
import { withoutRepeats } from '../read-rows.ts'
import { queryOf, type Run } from '../run.ts'

/** The days before the first one in which factors are looked for first: most symbols have one even across a holiday. */
const DAYS_BEFORE = 31
/** The most symbols to exclude by name: a longer statement would exceed what some databases accept. */
const MAX_NAMED = 10_000

/** The factors needed: `since` is the first day for which one is looked up. */
interface Needed {
  readonly since?: string | undefined
  readonly until?: string | undefined
}

/**
 * Reads the factor steps so that each day from `since` to `until` finds the last one on or before it. Of the factors before
 * `since` only the last one per symbol matters: they are read from shortly before it, and from the beginning only for symbols
 * without one there. So a call about a few days does not read years of factors.
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

/** The symbols that need older factors; `undefined` if there are none. */
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
