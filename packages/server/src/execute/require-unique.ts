import { type Merged, repeatPlan } from '../engine/repeat-plan.ts'
import { compileRead } from '../plan/compile-read.ts'
import { datasetOf } from '../plan/plan-context.ts'
import type { RepeatRead } from '../plan/read-types.ts'
import { collect } from './collect.ts'
import { duplicateKey } from './repeats/duplicate-key.ts'
import type { Run } from './run.ts'

/**
 * Throws `DUPLICATE_KEY` for the first repeated key, unless its dataset declares which row counts. Returns the datasets with
 * repeated keys, of which one row per key is to be read; `undefined` if there are none.
 */
export async function requireUnique(
  run: Omit<Run, 'lookedUp'>,
  checks: readonly RepeatRead[],
): Promise<Merged | undefined> {
  const merged = new Map<string, { onDate: boolean }>()
  for (const check of checks) {
    const repeated = await firstKey(run, check)
    if (!repeated) continue
    const dataset = datasetOf(run.cache, check.dataset)
    const refused = dataset.onDuplicate ? await firstKey(run, { ...check, read: 'ambiguous' }) : repeated
    if (refused) throw duplicateKey(repeatPlan(dataset), refused)
    // Several checks of one dataset cover several parts of it.
    const onDate = check.date !== undefined && merged.get(dataset.name)?.onDate !== false
    merged.set(dataset.name, { onDate })
  }
  return merged.size === 0 ? undefined : merged
}

async function firstKey(
  { source, cache, signal }: Omit<Run, 'lookedUp'>,
  check: RepeatRead,
): Promise<string[] | undefined> {
  const query = compileRead(cache, check)
  const columns = await collect(source, query, signal)
  if ((columns[0]?.length ?? 0) === 0) return undefined
  return query.columns.map(({ name }, at) => `${name} ${columns[at]?.[0] ?? 'null'}`)
}
