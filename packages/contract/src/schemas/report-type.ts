import { z } from 'zod'
import type { Dataset } from '../dataset.ts'
import { fieldTypes } from '../field-types.ts'
import { DEFAULT_REPORT_TYPE } from '../inputs/as-of-inputs.ts'
import { expecting } from './arguments.ts'

const badReportType = expecting(`a report type such as "${DEFAULT_REPORT_TYPE}"`)

/** A report type, as text or number. */
export const reportTypeInput = z.union([z.string().min(1).max(32), z.number()], { error: badReportType })

/** A report type, converted to the type of the dataset's field. */
export function reportTypeOf(dataset: Dataset, name: string) {
  const type = dataset.fields[name]?.type ?? 'text'
  return reportTypeInput.transform((given, context): string => {
    const text = String(given)
    if (fieldTypes[type].read(text) !== undefined) return text
    context.addIssue({ code: 'custom', message: badReportType({ input: given }), input: given })
    return z.NEVER
  })
}
