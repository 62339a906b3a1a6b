import type { PlanExplanation } from '@stockdb/contract/wire'
import type { PlanContext } from './plan-context.ts'
import { planKey } from './plan-key.ts'
import type { AdjustStep, BarsStep, CoverageStep, DenseStep, QueryPlan, RowsPlan, Step } from './query-plan.ts'
import { kindOf, type Read } from './read.ts'
import type { PlannedValue } from './read-types.ts'
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
    return [this.read(rows), ...steps.flatMap((step) => this.#step(step))]
  }

  read(read: Read): string {
    return kindOf(read).words(read, this.#within(read))
  }

  /** What a read is limited to, in brackets. */
  #within(read: Readonly<Record<string, unknown>> | Read): string {
    const limits = Object.entries(read).flatMap(([name, value]) => {
      if (value === undefined) return []
      if (name === 'symbols' || name === 'codes') return [this.#list('symbol', value as readonly string[])]
      if (SHOWN.has(name)) return [`${name} ${this.#value(value as PlannedValue | number | boolean)}`]
      if (name === 'equal') return Object.entries(value).map(([field, one]) => `${field} ${one}`)
      if (name === 'where' && !Array.isArray(value)) return Object.entries(value).map((filter) => this.#filter(filter))
      return []
    })
    return limits.length === 0 ? '' : ` (${limits.join('; ')})`
  }

  #value(value: PlannedValue | number | boolean): string {
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

  #step(step: Step): string[] {
    switch (step.step) {
      case 'once':
        return [`fail if a symbol has several rows`]
      case 'inOrder':
        return [`fail if rows of a symbol of ${step.dataset} come mixed with others`]
      case 'oneRow':
        return [`fail if a symbol and date has several rows in ${step.dataset}`]
      case 'members':
        return [`keep the members that meet all conditions, count those with a row`]
      case 'limit':
        return [`keep the first ${this.#value(step.rows)} rows`]
      case 'adjust':
        return this.#adjust(step)
      case 'bars':
        return [this.#bars(step)]
      case 'coverage':
        return [coverage(step)]
      case 'knownSymbols':
        return [`fail if a symbol without a row is unknown to ${step.places.map(({ dataset }) => dataset).join(', ')}`]
      case 'select':
        return [`keep the ${step.fields} requested fields`]
      case 'dense':
        return this.#dense(step)
    }
  }

  #adjust({ adjust, factors, anchor, before, missing, rule }: AdjustStep): string[] {
    const by = anchor === undefined ? '' : `, anchor ${this.#value(anchor)}`
    return [
      ...(factors.from === 'history' ? [this.read(factors.read)] : []),
      ...(factors.from === 'rows' && factors.atAnchor ? [this.read(factors.atAnchor)] : []),
      ...(before ? [`for the row before: ${this.read(before.read)}`] : []),
      `adjust ${adjust} by ${rule.factor} of ${rule.dataset}${by}, rows without a factor: ${missing}`,
    ]
  }

  #bars({ periods }: BarsStep): string {
    return periods.of === 'sessions'
      ? `aggregate rows to bars of a ${periods.period}, by the trading days of ${periods.exchange}`
      : `aggregate rows to bars of ${periods.minutes} minutes`
  }

  #dense({ exchange, before, delisted, maxFill }: DenseStep): string[] {
    return [
      ...(before ? this.rows(before).map((line) => `for gaps before the first row: ${line}`) : []),
      ...(delisted ? [`for the end of filling: ${this.read(delisted)}`] : []),
      `give every symbol a row on each trading day of ${exchange}, ${before ? 'gaps filled with the row before' : 'gaps empty'}${maxFill === undefined ? '' : `, at most ${this.#value(maxFill)} in a row`}`,
    ]
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

function coverage({ span, exchange, listing, suspensions }: CoverageStep): string {
  const by = [exchange === undefined ? undefined : `trading days of ${exchange}`, listing?.dataset, suspensions]
  const known = by.filter((one) => one !== undefined)
  return `count the ${span.of} covered${known.length === 0 ? '' : `, by ${known.join(', ')}`}`
}
