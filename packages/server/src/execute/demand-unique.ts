import type { RowSource } from '../engine/engine.ts'
import { repeatPlan } from '../engine/repeat-plan.ts'
import type { RepeatCheck } from '../plan/planner.ts'
import { duplicateKey } from '../plan/repeats/duplicate-key.ts'
import { collect } from './collect.ts'

/** Throws `DUPLICATE_KEY` for the first key that repeats. */
export async function demandUnique(
  source: RowSource,
  checks: readonly RepeatCheck[],
  signal: AbortSignal,
): Promise<void> {
  for (const { dataset, query } of checks) {
    const columns = await collect(source, query, signal)
    if ((columns[0]?.length ?? 0) === 0) continue
    const values = query.columns.map(({ name }, at) => `${name} ${columns[at]?.[0] ?? 'null'}`)
    throw duplicateKey(repeatPlan(dataset), values, 'joined')
  }
}
