import type { AdjustmentRule } from '@stockdb/contract'
import type { Adjust, MissingFactor } from '@stockdb/contract/wire'
import type { ChangeFields } from '../change-fields.ts'

/** What an adjusted answer reads, and how it is computed. */
export interface AdjustmentPlan {
  readonly rule: AdjustmentRule
  readonly adjust: Exclude<Adjust, 'none'>
  /** What becomes of a row without a factor. */
  readonly missing: MissingFactor
  /** Fields to read: those asked for and those that they are computed from. */
  readonly read: readonly string[]
  /** Whether a previous close is adjusted by the factor of the row before. */
  readonly ofRowBefore: boolean
}

/** The rules as worded in `meta`. */
const ruleTexts: Record<Adjust, string> = {
  none: 'as stored',
  hfq: 'price × factor',
  qfq: 'price × (factor ÷ factor at the anchor)',
}

/** The rule applied, in words. */
export const ruleText = (rule: AdjustmentRule, adjust: Adjust): string =>
  adjust !== 'none' && rule.previousCloseIs === 'raw'
    ? `${ruleTexts[adjust]}; ${rule.previousClose} by the factor of the row before`
    : ruleTexts[adjust]

/** The changes that a rule computes; a table without a previous close has none. */
export const changesOf = (rule: AdjustmentRule): ChangeFields | undefined =>
  rule.close === undefined ? undefined : rule

export function planAdjustment(
  rule: AdjustmentRule,
  { adjust, missingFactor = 'error' }: { adjust: Exclude<Adjust, 'none'>; missingFactor?: MissingFactor | undefined },
  asked: readonly string[],
): AdjustmentPlan {
  const changes = changesOf(rule)
  const computed = changes && [changes.change, changes.percentChange].some((name) => name && asked.includes(name))
  const read = [...new Set(computed ? [...asked, changes.close, changes.previousClose] : asked)]
  const ofRowBefore = rule.previousCloseIs === 'raw' && read.includes(rule.previousClose)
  return { rule, adjust, missing: missingFactor, read, ofRowBefore }
}
