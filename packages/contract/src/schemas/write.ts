import { z } from 'zod'
import type { Dataset } from '../dataset.ts'
import { adjustments } from '../inputs/dataset-arguments.ts'
import { writeModes } from '../inputs/write-inputs.ts'
import { argumentsInput, dateInput, expecting, inOrder, momentInput, symbolsInput } from './arguments.ts'

const modeInput = z.enum(writeModes, { error: expecting(`one of ${writeModes.join(', ')}`) })
const flag = z.boolean({ error: expecting('true or false') })

/** What `upsert` takes besides rows in another form than JSON. */
export const upsertOptions = argumentsInput({ mode: modeInput.optional() })

/** The zod schemas of the inputs by which a dataset is written. Rows are checked one by one, not here. */
export function writeInputsOf(dataset: Dataset) {
  const names = Object.keys(dataset.fields)
  const field = z.enum(names, { error: expecting(`a field of ${dataset.name}: ${names.join(', ')}`) })
  const row = z.array(z.unknown(), { error: expecting('a list of values, one for each of fields') })
  const byMoment = dataset.date !== undefined && dataset.fields[dataset.date]?.type === 'datetime'
  const bounds = {
    ...((dataset.symbol === undefined ? {} : { symbols: symbolsInput.optional() }) as {
      symbols: z.ZodOptional<typeof symbolsInput>
    }),
    ...((dataset.date === undefined
      ? {}
      : {
          start: (byMoment ? momentInput('00:00:00') : dateInput).optional(),
          end: (byMoment ? momentInput('23:59:59.999') : dateInput).optional(),
        }) as { start: z.ZodOptional<typeof dateInput>; end: z.ZodOptional<typeof dateInput> }),
  }
  const named = Object.keys(bounds)
  return {
    upsert: argumentsInput({
      fields: z.array(field, { error: expecting(`a list of fields of ${dataset.name}`) }),
      items: z.array(row, { error: expecting('a list of rows, each a list of values') }),
      mode: modeInput.optional(),
      meta: z.looseObject({ adjust: z.enum(adjustments).optional() }).optional(),
    }),
    delete: inOrder(argumentsInput({ ...bounds, all: flag.optional(), dryRun: flag.optional() })).refine(
      (input) => {
        const bounded = named.some((name) => input[name as keyof typeof bounds] !== undefined)
        return bounded !== (input.all === true)
      },
      { error: `expected at least one of ${named.join(', ')}, or all: true alone`, path: ['all'] },
    ),
  }
}
