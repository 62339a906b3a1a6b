import { rolesOf } from '@stockdb/contract/internal'
import type { PlanContext } from './plan-context.ts'
import type { QueryPlan, RowsPlan, Step } from './query-plan.ts'
import { datasetsOf, type Read } from './read.ts'

/** A dataset that a plan reads, on which its caller needs a right. */
export interface DatasetUse {
  readonly dataset: string
  /**
   * `rows`: its rows are read for the answer. `memory`: it is kept in memory for all calls. `symbols`: it is looked into where
   * a symbol has no row.
   */
  readonly for: 'rows' | 'memory' | 'symbols'
  /** Whether there is another plan, without it, where its table cannot be read. */
  readonly dispensable?: true
  /** What to say to a caller without the right, where its name alone would tell nothing: why it is read, and what to do. */
  readonly refusal?: { readonly why: string; readonly instead: string }
}

/** Everything that a plan reads from the database for its rows, in one state where it is several reads; in no order. */
export function readsOf({ checks, lookups, choice, ...rows }: QueryPlan): readonly Read[] {
  return [
    ...checks,
    ...lookups.map(({ read }) => read),
    ...(choice ? [choice.lengths, choice.moments] : []),
    ...readsOfRows(rows),
  ]
}

function readsOfRows({ rows, steps }: RowsPlan): readonly Read[] {
  return steps.length === 0 ? [rows] : [rows, ...steps.flatMap(readsOfStep)]
}

function readsOfStep(step: Step): readonly Read[] {
  switch (step.step) {
    case 'adjust': {
      const { factors, before } = step
      const own =
        factors.from === 'history'
          ? [factors.read]
          : factors.from === 'rows' && factors.atAnchor
            ? [factors.atAnchor]
            : []
      return before ? [...own, before.read] : own
    }
    case 'dense':
      return [...(step.before ? readsOfRows(step.before) : []), ...(step.delisted ? [step.delisted] : [])]
    default:
      return []
  }
}

/** The datasets that are read in one state; `undefined` where one statement reads them, which sees one state anyway. */
export function readTogether(plan: QueryPlan): readonly string[] | undefined {
  const reads = readsOf(plan)
  return reads.length === 1 ? undefined : [...new Set(reads.flatMap(datasetsOf))]
}

/** Every dataset that a plan reads, each once: rights are checked on these, and on nothing else. */
export function usesOf(plan: QueryPlan, { catalogue }: Pick<PlanContext, 'catalogue'>): readonly DatasetUse[] {
  const uses = new Map<string, DatasetUse>()
  const add = (use: DatasetUse): void => {
    if (!uses.has(use.dataset)) uses.set(use.dataset, use)
  }
  const { calendar } = rolesOf(catalogue)
  // The calendar is known to be missing before it is asked for rights to it.
  const addCalendar = (): void => {
    if (calendar) add({ dataset: calendar.dataset.name, for: 'memory' })
  }
  const dispensable = dispensableOf(plan)
  for (const dataset of readsOf(plan).flatMap(datasetsOf)) add({ dataset, for: 'rows', ...dispensable.get(dataset) })
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
    }
  }
  return [...uses.values()]
}

function dispensableOf({ rows, steps }: QueryPlan): ReadonlyMap<string, Omit<DatasetUse, 'dataset' | 'for'>> {
  const found = new Map<string, Omit<DatasetUse, 'dataset' | 'for'>>()
  if ((rows.read === 'instruments' || rows.read === 'instrumentSearch') && rows.names !== undefined)
    found.set(rows.names, { dispensable: true })
  const dense = steps.find((step) => step.step === 'dense')
  if (dense?.delisted) {
    const { dataset } = dense.delisted
    found.set(dataset, {
      dispensable: true,
      refusal: {
        why: `fill: "previous" ends where a stock was delisted, which ${dataset} tells`,
        instead: `use fill: "none", or a token for ${dataset} too`,
      },
    })
  }
  return found
}
