import { rolesOf } from '@stockdb/contract/internal'
import { isApart } from './adjust/factors-apart.ts'
import type { PlanContext } from './plan-context.ts'
import type { QueryPlan, Step } from './query-plan.ts'
import { datasetsOf, type Read } from './read.ts'

/** A dataset that a plan reads, on which its caller needs a right. */
export interface DatasetUse {
  readonly dataset: string
  /**
   * `rows`: its rows are read for the answer. `memory`: it is kept in memory for all calls. `symbols`: symbols without a row
   * are looked up in it.
   */
  readonly for: 'rows' | 'memory' | 'symbols'
  /** Whether the plan can do without it if its table cannot be read. */
  readonly dispensable?: true
  /**
   * The message for a caller without the right, if the name of the dataset explains nothing: why it is read, and what to do.
   */
  readonly refusal?: { readonly why: string; readonly instead: string }
}

/** Everything that a plan reads from the database, in no particular order. Several reads share one state. */
export function readsOf({ checks, lookups, choice, rows, steps }: QueryPlan): readonly Read[] {
  const reads: Read[] = [rows, ...checks]
  for (const { read } of lookups) reads.push(read)
  if (choice) {
    reads.push(choice.lengths, choice.moments)
    for (const { read } of choice.built.lookups) reads.push(read)
  }
  addReads(reads, steps)
  return reads
}

function addReads(reads: Read[], steps: readonly Step[]): void {
  for (const step of steps) {
    switch (step.step) {
      case 'adjust': {
        const { factors, before } = step
        if (factors.from === 'history') reads.push(factors.read)
        if (factors.from === 'rows' && factors.atAnchor) reads.push(factors.atAnchor)
        if (before) reads.push(before.read)
        break
      }
      case 'dense':
        if (step.before) {
          reads.push(step.before.rows)
          addReads(reads, step.before.steps)
        }
        if (step.delisted) reads.push(step.delisted)
        break
      case 'once':
      case 'inOrder':
      case 'oneRow':
      case 'members':
      case 'limit':
      case 'bars':
      case 'coverage':
      case 'knownSymbols':
      case 'select':
        break
      default:
        step satisfies never
    }
  }
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
  // A catalogue without a calendar has no right to it either.
  const addCalendar = (): void => {
    if (calendar) add({ dataset: calendar.dataset.name, for: 'memory' })
  }
  for (const read of readsOf(plan))
    for (const dataset of datasetsOf(read)) add({ dataset, for: 'rows', ...dispensable(dataset, plan) })
  for (const step of plan.steps) {
    switch (step.step) {
      case 'adjust':
        add({ dataset: step.rule.dataset, for: 'rows' })
        break
      case 'bars':
        if (step.periods.of === 'sessions') addCalendar()
        break
      case 'dense':
        addCalendar()
        break
      case 'coverage':
        if (step.exchange !== undefined) addCalendar()
        if (step.listing && catalogue[step.listing.dataset]) add({ dataset: step.listing.dataset, for: 'memory' })
        if (step.suspensions !== undefined) add({ dataset: step.suspensions, for: 'memory' })
        break
      case 'knownSymbols':
        for (const { dataset } of step.places) add({ dataset, for: 'symbols' })
        break
      case 'once':
      case 'inOrder':
      case 'oneRow':
      case 'members':
      case 'limit':
      case 'select':
        break
      default:
        step satisfies never
    }
  }
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
