import type { BarRule, Dataset } from '@stockdb/contract'
import type { ChangeFields } from '../change-fields.ts'

/** How a field of a bar follows from its rows, in the rule's words. */
export type Reduction = 'first' | 'max' | 'min' | 'last' | 'sum'

const reductions: readonly Reduction[] = ['first', 'max', 'min', 'last', 'sum']

/** How to aggregate rows to bars. */
export interface BarPlan {
  readonly rule: BarRule
  readonly symbol: string
  readonly date: string
  /** Fields to read: those asked for and those that they are computed from. */
  readonly read: readonly string[]
  /** By what a change is multiplied after it was divided. */
  readonly percentScale: ChangeFields['percentScale']
}

export function planBars({ bars, symbol, date, adjustment }: Dataset, asked: readonly string[]): BarPlan {
  if (!bars || symbol === undefined || date === undefined) throw new TypeError('the dataset has no bars')
  const { change } = bars
  const computed = change && (asked.includes(change.change) || asked.includes(change.percentChange))
  const read = computed ? [...asked, change.close, change.previousClose] : asked
  return { rule: bars, symbol, date, read: [...new Set(read)], percentScale: adjustment?.percentScale }
}

/** How a field is aggregated; by its last value if the rule does not name it. */
export function reductionOf(rule: BarRule, field: string): Reduction {
  return reductions.find((reduction) => rule[reduction].includes(field)) ?? 'last'
}
