import type { CheckedScreen } from '@stockdb/contract/internal'
import { dateOf, daysOf, rolesOf } from '@stockdb/contract/internal'
import { ruleFields } from '../as-of/rules.ts'
import { frameField } from '../columns.ts'
import type { Reader } from '../facts.ts'
import { type PlanContext, repeatChecks } from '../plan-context.ts'
import { planCoverage } from '../plan-coverage.ts'
import { planKnownSymbols } from '../plan-known-symbols.ts'
import type { Lookup, QueryPlan, RuleWords } from '../query-plan.ts'
import { RowGuess } from '../row-guess.ts'
import { describePart, type Part, partsOf } from './parts.ts'
import { plainConditions } from './screen-arguments.ts'
import { rowOf, shownScreen, TAKEN } from './select-screen.ts'
import { type Universe, universeOf } from './universe.ts'

/** The name of the lookup of the date of an index's constituents. */
const PUBLISHED = 'published'
const dayBeforeOf = ({ dataset }: Part): string => `day before of ${dataset.name}`

/**
 * Plans a screen: the stocks that meet all conditions, in the requested order and then by code. The others are read after
 * them, to count how many have rows at all.
 */
export function planScreen(context: PlanContext, given: CheckedScreen, reader: Reader): QueryPlan {
  const { unknownSymbols, limit, ...input } = { ...given, where: plainConditions(given.where) }
  const { catalogue } = context
  const universe = universeOf(catalogue, input)
  const parts = partsOf(catalogue, input)
  const members = universe.dataset ? [universe.dataset] : []
  const late = parts.filter(({ taken }) => taken.by === 'day before')
  const { symbols, index, date } = input
  const shown = shownScreen(parts, input.fields)
  const fields = Object.keys(shown.fields).map((name) => frameField(shown, name))
  return {
    rows: {
      ...{ read: 'screen', ...input },
      datasets: [...members, ...parts.map(({ dataset }) => dataset)].map(({ name }) => name),
      ...(index === undefined ? {} : { published: { lookup: PUBLISHED } }),
      days: Object.fromEntries(late.map((part) => [part.dataset.name, { lookup: dayBeforeOf(part) }])),
    },
    checks: [
      ...repeatChecks(
        context,
        members.map((dataset) => ({ dataset, fields: universe.fields })),
        { symbols: index === undefined ? undefined : [index] },
      ),
      ...parts.flatMap(({ dataset, taken, fields: used }) =>
        repeatChecks(context, [{ dataset, fields: [...used, ...ruleFields(dataset)] }], {
          symbols: index === undefined ? symbols : undefined,
          date: taken.by === 'date' ? date : undefined,
        }),
      ),
    ],
    lookups: [...publishedOf(universe, input), ...late.map((part) => dayBefore(part, date))],
    steps: [
      {
        ...{ step: 'once', symbol: shown.symbol as string },
        datasets: [...new Set([...members, ...parts.map(({ dataset }) => dataset)].map(({ name }) => name))],
      },
      {
        ...{ step: 'members', symbol: shown.symbol as string, taken: TAKEN },
        datasets: parts.map((part) => ({ dataset: part.dataset.name, column: rowOf(part) })),
      },
      ...(limit === undefined ? [] : [{ step: 'limit', rows: limit } as const]),
      planCoverage(catalogue, shown, { of: 'symbols', symbols }, reader, false),
      ...planKnownSymbols(
        catalogue,
        parts.map(({ dataset }) => dataset),
        { symbols, unknownSymbols },
        reader,
        shown.symbol,
        {
          // Codes that are given have a row each, whether or not any dataset knows them.
          shownByRows: universe.kind !== 'symbols',
          list: rolesOf(catalogue).stocks?.dataset.name,
          others:
            universe.kind === 'index'
              ? members.map(({ name }) => ({ dataset: name, field: universe.fields[0] ?? '' }))
              : [],
        },
      ),
      { step: 'select', fields: fields.length },
    ],
    fields,
    meta: {
      ...{ dataset: shown.name, symbol: shown.symbol as string, arguments: argumentsOf(given), asOf: date },
      rule: [ruleOfUniverse(universe), ...parts.map((part) => ruleOfPart(part, input.sameDay))],
    },
    guessedRows: parts.reduce((rows, part) => rows + guessOf(part, input), 0),
  }
}

function publishedOf(
  { dataset }: Universe,
  { index, date }: { index?: string | undefined; date: string },
): readonly Lookup[] {
  if (index === undefined || !dataset) return []
  return [
    {
      names: [PUBLISHED],
      read: { read: 'lastDate', dataset: dataset.name, symbols: [index], end: date },
      required: `index: ${dataset.name} has no constituents of "${index}" on or before ${date}; import them, or name another index`,
    },
  ]
}

/** The last earlier day, for datasets whose rows of a day are only known on the next one. */
const dayBefore = (part: Part, date: string): Lookup => ({
  names: [dayBeforeOf(part)],
  read: { read: 'lastDate', dataset: part.dataset.name, end: dateOf(daysOf(date) - 1) },
})

const ruleOfUniverse = ({ kind, rule }: Universe): RuleWords =>
  kind === 'index' ? { words: rule, lookup: PUBLISHED } : { words: rule }

function ruleOfPart(part: Part, sameDay: boolean): RuleWords {
  const words = describePart(part, sameDay)
  return part.taken.by === 'day before' ? { words, lookup: dayBeforeOf(part) } : { words }
}

function guessOf({ dataset, taken }: Part, input: Pick<CheckedScreen, 'index' | 'symbols'>): number {
  const guess = new RowGuess(dataset)
  // For an index only the statements of its few hundred constituents are read.
  return taken.by === 'announcement' && input.index === undefined ? guess.asOf(input) : guess.at(input)
}

/** The arguments as understood, in the words of the caller. */
function argumentsOf({ where, fields, sort, ...rest }: CheckedScreen): Record<string, unknown> {
  return {
    ...rest,
    where: Object.fromEntries(where.map(({ key, conditions }) => [key, Object.fromEntries(conditions.map(wordsOf))])),
    fields: fields.map(({ key }) => key),
    sort: sort.map(({ key, order }) => ({ by: key, order })),
  }
}

function wordsOf(condition: CheckedScreen['where'][number]['conditions'][number]): [string, unknown] {
  if (condition.operator === 'isNull') return ['isNull', condition.is]
  // JSON has no bigint.
  const values = condition.values.map((value) => (typeof value === 'bigint' ? String(value) : value))
  return [condition.operator, condition.operator === 'between' || condition.operator === 'in' ? values : values[0]]
}
