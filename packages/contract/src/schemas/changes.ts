import { z } from 'zod'
import type { Dataset } from '../dataset.ts'
import { argumentsInput, count, expecting, symbolsInput } from './arguments.ts'

const sequence = z
  .int({ error: expecting('the number of a write: 0 or more') })
  .min(0, { error: expecting('the number of a write: 0 or more') })
const eventId = z
  .string()
  .regex(/^\d{1,16}$/, { error: expecting('the id of an event, which is the number of a write') })

/** The most changes of one answer. */
const MAX_CHANGES = 1_000

/** The input of `meta.changes`. */
export const changesInput = argumentsInput({
  since: sequence.optional(),
  limit: count(MAX_CHANGES).optional(),
}).optional()

/** The input of a dataset's `watch`. */
export const watchInputOf = (dataset: Dataset) =>
  argumentsInput({
    ...((dataset.symbol === undefined ? {} : { symbols: symbolsInput.optional() }) as {
      symbols: z.ZodOptional<typeof symbolsInput>
    }),
    since: sequence.optional(),
    lastEventId: eventId.optional(),
  }).optional()
