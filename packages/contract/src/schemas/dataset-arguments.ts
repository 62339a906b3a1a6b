import { z } from 'zod'
import type { Dataset } from '../dataset.ts'
import type { ArgumentName } from '../dataset-procedures.ts'
import { fieldTypes } from '../field-types.ts'
import type { Field } from '../fields.ts'
import { adjustments, missingFactorModes } from '../inputs/dataset-arguments.ts'
import { fills, panelFields } from '../inputs/panel-input.ts'
import { limits } from '../protocol.ts'
import {
  argumentsInput,
  count,
  dateInput,
  endInput,
  expecting,
  momentInput,
  startInput,
  symbolsShape,
} from './arguments.ts'
import { frequencyShapes } from './frequency.ts'
import { reportTypeOf } from './report-type.ts'

const adjustInput = z.enum(adjustments, { error: expecting(`one of ${adjustments.join(', ')}`) })

const missingFactorInput = z.enum(missingFactorModes, { error: expecting(`one of ${missingFactorModes.join(', ')}`) })

/** The arguments that adjust prices. */
const adjustmentShape = {
  adjust: adjustInput.optional(),
  anchor: dateInput.optional(),
  missingFactor: missingFactorInput.optional(),
}

const flag = z.boolean({ error: expecting('true or false') })

/** A list of field names of a dataset. */
export function fieldsInput(dataset: Dataset) {
  const names = Object.keys(dataset.fields)
  const expected = `a field of ${dataset.name}: ${names.join(', ')}`
  return z
    .array(z.enum(names, { error: expecting(expected) }), { error: expecting(`a list of fields of ${dataset.name}`) })
    .max(limits.fields, { error: `a list holds at most ${limits.fields} fields` })
}

/** A list of numeric fields of a dataset, at least one. */
function numericFieldsInput(dataset: Dataset) {
  const names = panelFields(dataset)
  const expected = `a numeric field of ${dataset.name}: ${names.join(', ')}`
  const list = { error: expecting(`a list of 1 to ${limits.fields} numeric fields of ${dataset.name}`) }
  return z
    .array(z.enum(names, { error: expecting(expected) }), list)
    .min(1, list)
    .max(limits.fields, list)
}

/** Filters by fields of a dataset. */
function whereInput(dataset: Dataset) {
  const shape = Object.entries(dataset.fields).map(([name, field]) => [name, filterInput(field).optional()] as const)
  return argumentsInput(Object.fromEntries(shape), `filters by fields of ${dataset.name}`)
}

/** A value, null, or a list; the message for any mistake lists all valid forms. */
function filterInput({ type }: Field) {
  const { fromJson, expected: one } = fieldTypes[type]
  const read = (value: unknown): unknown => (value === null ? null : fromJson(value))
  const expected = `${one}, null, or a list of 1 to ${limits.filterValues} of them`
  return z.unknown().transform((value, context) => {
    const filter = Array.isArray(value) ? listOf(value, read) : read(value)
    if (filter !== undefined) return filter
    context.addIssue({ code: 'custom', message: expecting(expected)({ input: value }), input: value })
    return z.NEVER
  })
}

/** The values of a list of 1 to 1,000, each read by `read`; `undefined` if the length or a value is invalid. */
export function listOf<Value>(
  values: readonly unknown[],
  read: (value: unknown) => Value | undefined,
): Value[] | undefined {
  if (values.length === 0 || values.length > limits.filterValues) return undefined
  const all = values.map(read)
  return all.includes(undefined) ? undefined : (all as Value[])
}

/** Arguments that a dataset does not have get no key, so that they are refused as unknown; their type stays the same. */
const where = <Shape extends z.ZodRawShape>(has: boolean, shape: Shape): Shape => (has ? shape : ({} as Shape))

const byMoment = ({ date, fields }: Dataset): boolean => date !== undefined && fields[date]?.type === 'datetime'

const startOf = (dataset: Dataset) => (byMoment(dataset) ? momentInput('00:00:00') : startInput)
const endOf = (dataset: Dataset) => (byMoment(dataset) ? momentInput('23:59:59.999') : endInput)

const statementsOf = ({ pointInTime }: Dataset) => (pointInTime?.kind === 'announced' ? pointInTime : undefined)

/** The zod schemas of arguments, for a dataset. */
export const argumentShapes = {
  symbols: (dataset: Dataset) => where(dataset.symbol !== undefined, symbolsShape),
  fields: (dataset: Dataset) => ({ fields: fieldsInput(dataset).optional() }),
  numericFields: (dataset: Dataset) => ({ fields: numericFieldsInput(dataset) }),
  where: (dataset: Dataset) => ({ where: whereInput(dataset).optional() }),
  start: (dataset: Dataset) => ({ start: startOf(dataset).optional() }),
  end: (dataset: Dataset) => ({ end: endOf(dataset).optional() }),
  wholeSpan: () => ({ start: startInput, end: endInput }),
  date: (dataset: Dataset) => ({ date: endOf(dataset) }),
  dateKnown: (dataset: Dataset) => ({
    date: dataset.pointInTime?.kind === 'published' && byMoment(dataset) ? momentInput('23:59:59.999') : dateInput,
  }),
  n: () => ({ n: count(limits.latestRows).optional() }),
  limit: () => ({ limit: count(Number.MAX_SAFE_INTEGER).optional() }),
  lookback: () => ({ lookback: flag.optional() }),
  adjust: (dataset: Dataset) => where(dataset.adjustment !== undefined, adjustmentShape),
  freq: (dataset: Dataset) => frequencyShapes(dataset).range,
  storedFreq: (dataset: Dataset) => frequencyShapes(dataset).stored,
  fill: () => ({
    fill: z.enum(fills, { error: expecting(`one of ${fills.join(', ')}`) }).optional(),
    maxFill: count(limits.maxFill).optional(),
  }),
  periods: (dataset: Dataset) =>
    where(statementsOf(dataset) !== undefined, { periods: count(limits.periods).optional(), sameDay: flag.optional() }),
  reportType: (dataset: Dataset) => {
    const field = statementsOf(dataset)?.reportType
    return where(field !== undefined, { report_type: reportTypeOf(dataset, field ?? '').optional() })
  },
} as const satisfies Readonly<Record<ArgumentName, (dataset: Dataset) => z.ZodRawShape>>
