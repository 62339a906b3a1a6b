import { z } from 'zod'
import type { Catalogue } from '../dataset.ts'
import { fieldTypes } from '../field-types.ts'
import type { Field } from '../fields.ts'
import { count, date } from '../inputs/argument-kinds.ts'
import { symbolArgument, symbolArguments, symbolsArgument } from '../inputs/arguments.ts'
import { DEFAULT_REPORT_TYPE, reportTypeArgument } from '../inputs/as-of-inputs.ts'
import { type CheckedScreen, type Condition, comparisons, type FieldPath } from '../inputs/checked-screen.ts'
import { listOf } from '../inputs/dataset-arguments.ts'
import { limits } from '../protocol.ts'
import { show } from '../show.ts'
import { argumentsInput, expecting } from './arguments.ts'
import { schemaOf } from './schema-of.ts'

/** Databases order texts and codes differently. */
const ordered = ({ type }: Field): boolean => type !== 'text' && type !== 'symbol' && type !== 'bool'

const operatorsOf = (field: Field): string[] =>
  ordered(field) ? [...comparisons, 'between', 'in', 'isNull'] : ['eq', 'ne', 'in', 'isNull']

/** The zod schema of `screen` for one catalogue. `missing` may throw why there is no dataset of a name. */
export function screenInputOf(catalogue: Catalogue, missing: (name: string) => void = () => {}) {
  const declared = (path: FieldPath): Field | undefined =>
    Object.hasOwn(catalogue, path.dataset) && Object.hasOwn(catalogue[path.dataset]?.fields ?? {}, path.field)
      ? catalogue[path.dataset]?.fields[path.field]
      : undefined

  const pathInput = z
    .string({ error: expecting('a field by its dataset, such as "daily_basic.pe"') })
    .transform((key, context): FieldPath & { declaration: Field } => {
      const [dataset = '', field = ''] = key.split('.', 2)
      const path = { key: `${dataset}.${field}`, dataset, field }
      const declaration = path.key === key ? declared(path) : undefined
      if (declaration) return { ...path, declaration }
      const served = Object.hasOwn(catalogue, dataset) ? catalogue[dataset] : undefined
      if (!served) missing(dataset)
      const expected = served
        ? `a field of ${dataset}: ${Object.keys(served.fields).join(', ')}`
        : `a field by its dataset, one of ${Object.keys(catalogue).join(', ')}`
      context.addIssue({ code: 'custom', message: `got ${show(key)}; expected ${expected}`, input: key })
      return z.NEVER
    })

  const whereInput = z
    .record(z.string(), z.unknown(), {
      error: expecting('conditions by field, such as { "daily_basic.pe": { lt: 15 } }'),
    })
    .transform((given, context) => {
      const all: (FieldPath & { conditions: Condition[] })[] = []
      for (const [key, value] of Object.entries(given)) {
        if (value === undefined) continue
        const path = pathInput.safeParse(key)
        if (!path.success) {
          context.addIssue({ code: 'custom', message: path.error.issues[0]?.message ?? '', input: key })
          return z.NEVER
        }
        const { declaration, ...names } = path.data
        const conditions = conditionsOf(declaration, value)
        if (typeof conditions === 'string') {
          context.addIssue({ code: 'custom', message: conditions, path: [key], input: value })
          return z.NEVER
        }
        all.push({ ...names, conditions })
      }
      if (all.reduce((sum, { conditions }) => sum + conditions.length, 0) <= limits.screenConditions) return all
      context.addIssue({
        code: 'custom',
        message: `a screen has at most ${limits.screenConditions} conditions`,
        input: given,
      })
      return z.NEVER
    })

  const bare = pathInput.transform(({ declaration: _, ...path }): FieldPath => path)
  const order = z.enum(['asc', 'desc'], { error: expecting('"asc" or "desc"') })
  const flag = z.boolean({ error: expecting('true or false') }).default(false)
  return argumentsInput({
    date: schemaOf(date()),
    where: whereInput.default([]),
    fields: z
      .array(bare, { error: expecting('a list of fields such as ["daily_basic.pe"]') })
      .max(limits.screenFields, { error: `a screen has at most ${limits.screenFields} fields` })
      .default([]),
    sort: z
      .array(argumentsInput({ by: bare, order: order.default('asc') }), {
        error: expecting('a list such as [{ by: "daily_basic.pe", order: "asc" }]'),
      })
      .max(limits.screenSort, { error: `a screen is sorted by at most ${limits.screenSort} fields` })
      .transform((all) => all.map(({ by, order }) => ({ ...by, order })))
      .default([]),
    limit: schemaOf(count(Number.MAX_SAFE_INTEGER)).optional(),
    index: schemaOf(symbolArgument()).optional(),
    symbols: schemaOf(symbolsArgument())
      .transform((codes) => [...new Set(codes)])
      .optional(),
    unknownSymbols: schemaOf(symbolArguments().unknownSymbols),
    report_type: schemaOf(reportTypeArgument()).default(DEFAULT_REPORT_TYPE),
    sameDay: flag,
    lookback: flag,
  }) satisfies z.ZodType<CheckedScreen>
}

/** The conditions on a field, or what is wrong with them. */
function conditionsOf(field: Field, given: unknown): Condition[] | string {
  const operators = operatorsOf(field)
  const expected = `conditions, some of ${operators.join(', ')}`
  if (typeof given !== 'object' || given === null || Array.isArray(given)) return expecting(expected)({ input: given })
  const { fromJson, expected: value } = fieldTypes[field.type]
  const all: Condition[] = []
  for (const [operator, operand] of Object.entries(given)) {
    if (operand === undefined) continue
    if (!operators.includes(operator)) return `got the operator ${show(operator)}; expected ${expected}`
    if (operator === 'isNull') {
      if (typeof operand !== 'boolean') return `isNull: ${expecting('true or false')({ input: operand })}`
      all.push({ operator, is: operand })
      continue
    }
    const [values, wanted] = operandsOf(operator, operand, fromJson, value)
    if (values === undefined) return `${operator}: ${expecting(wanted)({ input: operand })}`
    // Parsed by the field's type; the operator determines the number.
    all.push({ operator, values } as Condition)
  }
  return all.length > 0 ? all : expecting(expected)({ input: given })
}

/** The values of an operator, `undefined` if invalid, and the expected form. */
function operandsOf(
  operator: string,
  operand: unknown,
  fromJson: (value: unknown) => unknown,
  expected: string,
): readonly [values: unknown[] | undefined, expected: string] {
  const list = Array.isArray(operand) ? listOf(operand, fromJson) : undefined
  if (operator === 'in') return [list, `a list of 1 to ${limits.filterValues}, each ${expected}`]
  if (operator === 'between') return [list?.length === 2 ? list : undefined, `a list of two, each ${expected}`]
  return [Array.isArray(operand) ? undefined : listOf([operand], fromJson), expected]
}
