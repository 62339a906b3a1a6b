import type { PlanExplanation } from '@stockdb/contract/wire'
import type { PlanContext } from './plan-context.ts'
import { planKey } from './plan-key.ts'
import type { QueryPlan } from './query-plan.ts'
import { kindOf, type Read } from './read.ts'
import type { PlannedValue } from './read-types.ts'
import { type RowsPlan, stepKindOf } from './step.ts'
import { readTogether, usesOf } from './uses.ts'

/** The most symbols that are named. */
const NAMED = 5

/** Whether the values of the call are shown, or only how many there are. */
export interface ExplainOptions {
  readonly values: boolean
}

/** Describes a plan to people: its key, the datasets that it reads, and its reads and steps line by line. */
export function explain(
  plan: QueryPlan,
  context: Pick<PlanContext, 'catalogue'>,
  { values }: ExplainOptions = { values: true },
): PlanExplanation {
  const words = new Words(values)
  const together = readTogether(plan)
  return {
    key: planKey(plan),
    datasets: usesOf(plan, context).map(({ dataset }) => dataset),
    lines: [
      ...(together ? [`in one state of ${together.join(', ')}:`] : []),
      ...plan.checks.map((check) => words.read(check)),
      ...(plan.choice
        ? [
            words.read(plan.choice.lengths),
            `if several are stored, ${words.read(plan.choice.moments)}`,
            ...[...words.lookups(plan.choice.built), ...words.rows(plan.choice.built)].map(
              (line) => `if made of shorter bars: ${line}`,
            ),
          ]
        : []),
      ...words.lookups(plan),
      ...words.rows(plan),
    ],
  }
}

class Words {
  readonly #values: boolean

  constructor(values: boolean) {
    this.#values = values
  }

  lookups({ lookups }: Pick<QueryPlan, 'lookups'>): string[] {
    return lookups.map(
      ({ names, read }) => `look up ${names.map((name) => `<${name}>`).join(', ')}: ${this.read(read)}`,
    )
  }

  rows({ rows, steps }: RowsPlan): string[] {
    return [this.read(rows), ...steps.flatMap((step) => stepKindOf(step).words(step, this))]
  }

  read(read: Read): string {
    return kindOf(read).words(read, this.#within(read))
  }

  /** What a read is limited to, in brackets. */
  #within(read: Readonly<Record<string, unknown>> | Read): string {
    const limits = Object.entries(read).flatMap(([name, value]) => {
      if (value === undefined) return []
      if (name === 'symbols' || name === 'codes') return [this.#list('symbol', value as readonly string[])]
      if (SHOWN.has(name)) return [`${name} ${this.value(value as PlannedValue | number | boolean)}`]
      if (name === 'equal') return Object.entries(value).map(([field, one]) => `${field} ${one}`)
      if (name === 'where' && !Array.isArray(value)) return Object.entries(value).map((filter) => this.#filter(filter))
      return []
    })
    return limits.length === 0 ? '' : ` (${limits.join('; ')})`
  }

  value(value: PlannedValue | number | boolean): string {
    if (typeof value === 'object') return `<${value.lookup}>`
    return this.#values ? String(value) : '?'
  }

  #list(what: string, list: readonly unknown[]): string {
    const counted = `${list.length} ${what}${list.length === 1 ? '' : 's'}`
    if (!this.#values || list.length === 0) return counted
    return `${counted}: ${list.slice(0, NAMED).join(', ')}${list.length > NAMED ? ', …' : ''}`
  }

  #filter([field, value]: [string, unknown]): string {
    if (Array.isArray(value)) return `${field} in ${this.#list('value', value)}`
    return `${field} = ${this.#values ? String(value) : '?'}`
  }
}

/** Arguments of a read that are shown by name. */
const SHOWN: ReadonlySet<string> = new Set([
  'date',
  'start',
  'end',
  'since',
  'until',
  'n',
  'limit',
  'periods',
  'sameDay',
  'asOf',
  'text',
  'index',
  'published',
  'present',
])
