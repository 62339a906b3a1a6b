import type { Field } from '../fields.ts'
import type { Declaration } from './declaration.ts'

/**
 * What must hold in every row: a field compared with another field of the row, or with a constant.
 *
 * A null passes. Writes refuse rows that break a rule.
 *
 * @example
 * ```ts
 * import type { CheckRule } from '@stockdb/contract'
 * const checks: readonly CheckRule[] = [{ field: 'high', atLeast: 'low' }, { field: 'vol', atLeast: 0 }]
 * ```
 */
export interface CheckRule {
  /** The field to look at: a number, a date or a datetime. */
  readonly field: string
  /** It is not less than this field, or this number. */
  readonly atLeast?: string | number
  /** It is not greater than this field, or this number. */
  readonly atMost?: string | number
  /** It is greater than this field, or this number. */
  readonly above?: string | number
}

const COMPARED = ['float64', 'int32', 'int64', 'date', 'datetime'] as const
const NUMBERS: readonly string[] = ['float64', 'int32', 'int64']

/** Throws a `TypeError` where a rule cannot be checked. */
export function checkChecks(rules: readonly CheckRule[], { fields, need, fail }: Declaration): void {
  if (!Array.isArray(rules)) fail('checks is not a list')
  for (const rule of rules) {
    need('checks', rule.field, ...COMPARED)
    const limits = limitsOf(rule)
    if (limits.length === 0) fail(`checks ${rule.field} against nothing; expected atLeast, atMost or above`)
    for (const { limit } of limits) {
      if (typeof limit === 'string') need('checks', limit, ...COMPARED)
      else if (!Number.isFinite(limit)) fail(`checks ${rule.field}: got ${String(limit)}; expected a field or a number`)
      const other = typeof limit === 'string' ? kindOf(fields[limit]) : 'number'
      if (kindOf(fields[rule.field]) !== other) fail(`checks ${rule.field} against ${limit}, which is of another kind`)
    }
  }
}

const kindOf = (field: Field | undefined): string =>
  field !== undefined && NUMBERS.includes(field.type) ? 'number' : (field?.type ?? '')

type Comparison = 'atLeast' | 'atMost' | 'above'

const limitsOf = (rule: CheckRule): { readonly how: Comparison; readonly limit: string | number }[] =>
  (['atLeast', 'atMost', 'above'] as const).flatMap((how) => {
    const limit = rule[how]
    return limit === undefined ? [] : [{ how, limit }]
  })

const WORDS: Readonly<Record<Comparison, string>> = { atLeast: 'at least', atMost: 'at most', above: 'more than' }

type Comparable = number | bigint | string

const holds: Readonly<Record<Comparison, (value: Comparable, limit: Comparable) => boolean>> = {
  atLeast: (value, limit) => value >= limit,
  atMost: (value, limit) => value <= limit,
  above: (value, limit) => value > limit,
}

/** What a row breaks a rule by, such as `at least low, which is 3`; `undefined` where it does not. */
export function violationOf(rule: CheckRule, cellOf: (field: string) => unknown): string | undefined {
  const value = cellOf(rule.field) as Comparable | null | undefined
  if (value === null || value === undefined) return undefined
  for (const { how, limit } of limitsOf(rule)) {
    const other = (typeof limit === 'string' ? cellOf(limit) : limit) as Comparable | null | undefined
    if (other === null || other === undefined || holds[how](value, other)) continue
    return typeof limit === 'string' ? `${WORDS[how]} ${limit}, which is ${other}` : `${WORDS[how]} ${limit}`
  }
  return undefined
}

/** Whether a row keeps a rule, for many rows whose values are in the order of `fields`. */
export function ruleTest(rule: CheckRule, fields: readonly string[]): (row: readonly unknown[]) => boolean {
  const at = fields.indexOf(rule.field)
  const limits = limitsOf(rule).map(({ how, limit }) => {
    const constant = typeof limit === 'string' ? undefined : limit
    return { holds: holds[how], place: typeof limit === 'string' ? fields.indexOf(limit) : -1, constant }
  })
  return (row) => {
    const value = row[at] as Comparable | null | undefined
    if (value === null || value === undefined) return true
    for (const { holds: keeps, place, constant } of limits) {
      const other = (constant ?? row[place]) as Comparable | null | undefined
      if (other !== null && other !== undefined && !keeps(value, other)) return false
    }
    return true
  }
}
