import { z } from 'zod'
import type { Dataset } from '../dataset.ts'
import { date, flag, ifHas, moment, optional } from '../inputs/argument-kinds.ts'
import { symbolsArgument } from '../inputs/arguments.ts'
import { adjustments, hasMoments } from '../inputs/dataset-arguments.ts'
import { writeModes } from '../inputs/write-inputs.ts'
import { argumentsInput, expecting } from './arguments.ts'
import { inputWith } from './schema-of.ts'

const modeInput = z.enum(writeModes, { error: expecting(`one of ${writeModes.join(', ')}`) })

/** What `upsert` takes besides rows in another form than JSON. */
export const upsertOptions = argumentsInput({ mode: modeInput.optional() })

/** The zod schemas of the inputs by which a dataset is written. Rows are checked one by one, not here. */
export function writeInputsOf(dataset: Dataset) {
  const names = Object.keys(dataset.fields)
  const field = z.enum(names, { error: expecting(`a field of ${dataset.name}: ${names.join(', ')}`) })
  const row = z.array(z.unknown(), { error: expecting('a list of values, one for each of fields') })
  const byMoment = hasMoments(dataset)
  const bounds = {
    ...ifHas(dataset.symbol !== undefined, { symbols: optional(symbolsArgument()) }),
    ...ifHas(dataset.date !== undefined, {
      start: optional(byMoment ? moment('first') : date()),
      end: optional(byMoment ? moment('last') : date()),
    }),
  }
  const named = Object.keys(bounds)
  return {
    upsert: argumentsInput({
      fields: z.array(field, { error: expecting(`a list of fields of ${dataset.name}`) }),
      items: z.array(row, { error: expecting('a list of rows, each a list of values') }),
      mode: modeInput.optional(),
      meta: z.looseObject({ adjust: z.enum(adjustments).optional() }).optional(),
    }),
    delete: inputWith({ ...bounds, all: optional(flag()), dryRun: optional(flag()) }).refine(
      (input) => {
        const bounded = named.some((name) => input[name as keyof typeof bounds] !== undefined)
        return bounded !== (input.all === true)
      },
      { error: `expected at least one of ${named.join(', ')}, or all: true alone`, path: ['all'] },
    ),
  }
}
