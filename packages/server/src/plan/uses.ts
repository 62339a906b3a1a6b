import { rolesOf } from '@stockdb/contract/internal'
import { isApart } from './adjust/factors-apart.ts'
import type { DatasetUse } from './dataset-use.ts'
import type { PlanContext } from './plan-context.ts'
import type { QueryPlan } from './query-plan.ts'
import { datasetsOf, type Read } from './read.ts'
import { readsOfStep, stepKindOf } from './step.ts'

/** Everything that a plan reads from the database, in no particular order. Several reads share one state. */
export function readsOf({ checks, lookups, choice, rows, steps }: QueryPlan): readonly Read[] {
  const reads: Read[] = [rows, ...checks]
  for (const { read } of lookups) reads.push(read)
  if (choice) {
    reads.push(choice.lengths, choice.moments)
    for (const { read } of choice.built.lookups) reads.push(read)
  }
  for (const step of steps) reads.push(...readsOfStep(step))
  return reads
}

/** The datasets that must be read in one state; `undefined` if a single statement reads them, which sees one state anyway. */
export function readTogether(plan: QueryPlan): readonly string[] | undefined {
  const reads = readsOf(plan)
  return reads.length === 1 && !isApart(plan.rows) ? undefined : [...new Set(reads.flatMap(datasetsOf))]
}

/** Every dataset that a plan reads, each once. Rights are checked on these only. */
export function usesOf(plan: QueryPlan, { catalogue }: Pick<PlanContext, 'catalogue'>): readonly DatasetUse[] {
  const uses: DatasetUse[] = []
  const add = (use: DatasetUse): void => {
    if (!uses.some(({ dataset }) => dataset === use.dataset)) uses.push(use)
  }
  const { calendar } = rolesOf(catalogue)
  for (const read of readsOf(plan))
    for (const dataset of datasetsOf(read)) add({ dataset, for: 'rows', ...dispensable(dataset, plan) })
  for (const step of plan.steps)
    for (const use of stepKindOf(step).uses?.(step, calendar?.dataset.name, catalogue) ?? []) add(use)
  return uses
}

function dispensable(dataset: string, { rows, steps }: QueryPlan): Omit<DatasetUse, 'dataset' | 'for'> | undefined {
  if (rows.read === 'instruments' || rows.read === 'instrumentSearch')
    return dataset === rows.names ? { dispensable: true } : undefined
  const dense = steps.at(-1)
  if (dense?.step !== 'dense' || dense.delisted?.dataset !== dataset) return undefined
  return {
    dispensable: true,
    refusal: {
      why: `fill: "previous" ends where a stock was delisted, which is in ${dataset}`,
      instead: `use fill: "none", or a token for ${dataset} too`,
    },
  }
}
