import { dateOf, daysOf } from '@stockdb/contract/internal'
import { StockdbError } from '@stockdb/contract/wire'
import { datasetOf } from '../../plan/plan-context.ts'
import type { FactorsRead } from '../../plan/read-types.ts'
import { FactorSteps } from '../adjust/factor-steps.ts'
import { withoutRepeats } from '../read-rows.ts'
import { queryOf, type Run } from '../run.ts'

/** The days before the first one in which factors are looked for first: most symbols have one even across a holiday. */
const DAYS_BEFORE = 31
/** The most factor changes in memory, at 16 bytes each: decades of a whole market have fewer. */
const MAX_STEPS = 4_000_000
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
 * without one there. So a call about a few days does not read years of factors. Throws `INVALID_INPUT` if there are too many.
 */
export async function readFactorSteps(run: Run, read: FactorsRead, needed: Needed): Promise<FactorSteps> {
  const steps = await stepsUpTo(run, read, needed, MAX_STEPS, () => {
    const message = `the factors of the symbols change more than ${MAX_STEPS} times; ask for fewer symbols at once`
    throw new StockdbError('INVALID_INPUT', message)
  })
  return steps as FactorSteps
}

/** The same, or nothing if there are more than `most`. The read comes to its end in any case, and leaves its connection usable. */
export const readFewFactorSteps = (
  run: Run,
  read: FactorsRead,
  needed: Needed,
  most: number,
): Promise<FactorSteps | undefined> => stepsUpTo(run, read, needed, most, () => {})

async function stepsUpTo(
  run: Run,
  read: FactorsRead,
  { since, until }: Needed,
  most: number,
  onMore: () => void,
): Promise<FactorSteps | undefined> {
  const collectSteps = async (
    wanted: Omit<FactorsRead, 'read' | 'dataset' | 'factor' | 'repeats'>,
  ): Promise<FactorSteps | undefined> => {
    const steps = new FactorSteps(datasetOf(run.cache, read.dataset), most)
    const query = queryOf(run, { ...read, ...wanted })
    for await (const { batch } of withoutRepeats(run.source.read(query, run.signal), query)) {
      if (!steps.overflows) steps.add(batch)
      if (steps.overflows) onMore()
    }
    return steps.overflows ? undefined : steps.finish()
  }
  if (since === undefined) return collectSteps({ until })
  const first = dateOf(daysOf(since) - DAYS_BEFORE)
  const steps = await collectSteps({ since: first, until })
  const older = steps && olderOf(read.symbols, steps.knownOn(daysOf(since)))
  if (!steps || !older) return steps
  const before = await collectSteps({ ...older, until: dateOf(daysOf(first) - 1) })
  return before && steps.withOlder(before)
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
