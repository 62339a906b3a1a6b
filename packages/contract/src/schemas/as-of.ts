import { z } from 'zod'
import type { Dataset } from '../dataset.ts'
import { fieldTypes } from '../field-types.ts'
import { type CheckedAsOf, DEFAULT_REPORT_TYPE, isKnown } from '../inputs/as-of-inputs.ts'
import { limits } from '../protocol.ts'
import { argumentsInput, count, dateInput, expecting, momentInput, symbolsShape } from './arguments.ts'
import { fieldsInput } from './dataset.ts'

const sameDayInput = z.boolean({ error: expecting('true or false') })

const badReportType = expecting(`a report type such as "${DEFAULT_REPORT_TYPE}"`)

/** A report type, as text or number. */
export const reportTypeInput = z.union([z.string().min(1).max(32), z.number()], { error: badReportType })

/** A report type, converted to the type of the dataset's field. */
function reportTypeOf(dataset: Dataset, name: string) {
  const type = dataset.fields[name]?.type ?? 'text'
  return reportTypeInput.transform((given, context): string => {
    const text = String(given)
    if (fieldTypes[type].read(text) !== undefined) return text
    context.addIssue({ code: 'custom', message: badReportType({ input: given }), input: given })
    return z.NEVER
  })
}

/**
 * The zod schema of a dataset's `asOf`. Throws a `TypeError` if its rows are neither announced, published nor
 * intervals.
 */
export function asOfInputOf(dataset: Dataset): z.ZodType<CheckedAsOf> {
  const { pointInTime } = dataset
  if (!isKnown(dataset)) throw new TypeError(`dataset ${dataset.name} has no rule for asOf`)
  const byMoment =
    pointInTime?.kind === 'published' && dataset.date !== undefined && dataset.fields[dataset.date]?.type === 'datetime'
  const statements = pointInTime?.kind === 'announced' ? pointInTime : undefined
  // An argument that the dataset does not use has no key, so that it is refused as unknown.
  const only = <Shape extends z.ZodRawShape>(takes: boolean, shape: Shape): Shape => (takes ? shape : ({} as Shape))
  return argumentsInput({
    date: byMoment ? momentInput('23:59:59.999') : dateInput,
    ...only(dataset.symbol !== undefined, symbolsShape),
    fields: fieldsInput(dataset).optional(),
    ...only(statements !== undefined, { periods: count(limits.periods).optional(), sameDay: sameDayInput.optional() }),
    ...only(statements?.reportType !== undefined, {
      report_type: reportTypeOf(dataset, statements?.reportType ?? '').optional(),
    }),
  })
}
