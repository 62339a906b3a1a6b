import { z } from 'zod'
import type { Dataset } from '../dataset.ts'
import { fieldTypes } from '../field-types.ts'
import type { Field } from '../fields.ts'
import { adjustments, missingFactorModes } from '../inputs/dataset-inputs.ts'
import { limits } from '../protocol.ts'
import {
  argumentsInput,
  count,
  dateInput,
  endInput,
  expecting,
  inOrder,
  momentInput,
  startInput,
  symbolsShape,
} from './arguments.ts'
import { frequencyShapes } from './frequency.ts'

const adjustInput = z.enum(adjustments, { error: expecting(`one of ${adjustments.join(', ')}`) })

const missingFactorInput = z.enum(missingFactorModes, { error: expecting(`one of ${missingFactorModes.join(', ')}`) })

/** The arguments that adjust prices. */
export const adjustmentShape = {
  adjust: adjustInput.optional(),
  anchor: dateInput.optional(),
  missingFactor: missingFactorInput.optional(),
}

/** A list of field names of a dataset. */
export function fieldsInput(dataset: Dataset) {
  const names = Object.keys(dataset.fields)
  const expected = `a field of ${dataset.name}: ${names.join(', ')}`
  return z
    .array(z.enum(names, { error: expecting(expected) }), { error: expecting(`a list of fields of ${dataset.name}`) })
    .max(limits.fields, { error: `a list holds at most ${limits.fields} fields` })
}

/** Filters by fields of a dataset. */
export function whereInput(dataset: Dataset) {
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

/**
 * The zod schemas of one dataset's inputs. An unknown argument is refused, never ignored; output dates are
 * `YYYY-MM-DD`, and fields are unique.
 */
export function inputsOf(dataset: Dataset) {
  const selection = {
    // Refused as unknown if the dataset has no symbols.
    ...((dataset.symbol === undefined ? {} : symbolsShape) as typeof symbolsShape),
    fields: fieldsInput(dataset).optional(),
    where: whereInput(dataset).optional(),
  }
  // Without an adjustment the keys are missing, so that they are refused as unknown.
  const adjustment = (dataset.adjustment ? adjustmentShape : {}) as typeof adjustmentShape
  const byMoment = dataset.date !== undefined && dataset.fields[dataset.date]?.type === 'datetime'
  const start = byMoment ? momentInput('00:00:00') : startInput
  const end = byMoment ? momentInput('23:59:59.999') : endInput
  const frequency = frequencyShapes(dataset)
  return {
    range: inOrder(
      argumentsInput({
        ...selection,
        start: start.optional(),
        end: end.optional(),
        limit: count(Number.MAX_SAFE_INTEGER).optional(),
        ...adjustment,
        ...frequency.range,
      }),
    ),
    at: argumentsInput({
      ...selection,
      date: end,
      lookback: z.boolean({ error: expecting('true or false') }).optional(),
      ...adjustment,
      ...frequency.stored,
    }),
    latest: argumentsInput({
      ...selection,
      n: count(limits.latestRows).optional(),
      end: end.optional(),
      ...adjustment,
      ...frequency.stored,
    }),
    list: argumentsInput({
      ...selection,
      limit: count(Number.MAX_SAFE_INTEGER).optional(),
    }),
  }
}
