import { z } from 'zod'
import { argumentsInput, expecting } from './arguments.ts'

const MAX_PROFILE_SECONDS = 60

const seconds = expecting(`a whole number of seconds from 2 to ${MAX_PROFILE_SECONDS}`)
const eventId = expecting('the id of an event, which is its time such as "2024-01-02T03:04:05.678Z"')
const fileName = expecting('a plain file name such as "before.heapsnapshot"')

/** The zod schemas of the inputs of `ops`. */
export const opsInputs = {
  memory: argumentsInput({
    profileSeconds: z
      .int({ error: seconds })
      .min(2, { error: seconds })
      .max(MAX_PROFILE_SECONDS, { error: seconds })
      .optional(),
  }).optional(),
  snapshot: argumentsInput({
    name: z
      .string({ error: fileName })
      .regex(/^[A-Za-z0-9][\w-]{0,99}\.heapsnapshot$/, { error: fileName })
      .optional(),
  }).optional(),
  watch: argumentsInput({
    lastEventId: z.iso.datetime({ precision: 3, error: eventId }).optional(),
  }).optional(),
}
