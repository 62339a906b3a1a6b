import type { ReadQuery, RowSource } from '../engine/engine.ts'
import { type Merged, repeatPlan } from '../engine/repeat-plan.ts'
import type { RepeatCheck } from '../plan/planner.ts'
import { duplicateKey } from '../plan/repeats/duplicate-key.ts'
import { collect } from './collect.ts'

/**
 * Throws `DUPLICATE_KEY` for the first key that repeats, unless its dataset says which of the rows counts. Gives the datasets
 * in whose tables a key does repeat then, of which one row a key is to be read; `undefined` if there is none.
 */
export async function demandUnique(
  source: RowSource,
  checks: readonly RepeatCheck[],
  signal: AbortSignal,
): Promise<Merged | undefined> {
  const merged = new Map<string, { onDate: boolean }>()
  for (const { dataset, query, ambiguous, onDate } of checks) {
    const repeated = await firstKey(source, query, signal)
    if (!repeated) continue
    const refused = ambiguous ? await firstKey(source, ambiguous, signal) : repeated
    if (refused) throw duplicateKey(repeatPlan(dataset), refused)
    // Several checks of one dataset ask for several parts of it.
    merged.set(dataset.name, { onDate: onDate && merged.get(dataset.name)?.onDate !== false })
  }
  return merged.size === 0 ? undefined : merged
}

async function firstKey(source: RowSource, query: ReadQuery, signal: AbortSignal): Promise<string[] | undefined> {
  const columns = await collect(source, query, signal)
  if ((columns[0]?.length ?? 0) === 0) return undefined
  return query.columns.map(({ name }, at) => `${name} ${columns[at]?.[0] ?? 'null'}`)
}
