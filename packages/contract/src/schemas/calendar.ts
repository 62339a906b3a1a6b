import { z } from 'zod'
import { SYMBOL_FORM } from '../field-types.ts'
import { argumentsInput, dateInput, endInput, expecting, inOrder, startInput } from './arguments.ts'

const exchange = z
  .string({ error: expecting('an exchange such as "SSE"') })
  .regex(SYMBOL_FORM, { error: expecting('an exchange such as "SSE"') })
  .optional()

/** The zod schemas of the calendar's inputs; the exchange is SSE by default. */
export const calendarInputs = {
  sessions: inOrder(argumentsInput({ start: startInput, end: endInput, exchange })),
  next: argumentsInput({ date: dateInput, exchange }),
  previous: argumentsInput({ date: dateInput, exchange }),
  offset: argumentsInput({
    date: dateInput,
    n: z
      .int({ error: expecting('a whole number of sessions from -100000 to 100000') })
      .min(-100_000, { error: expecting('a whole number of sessions from -100000 to 100000') })
      .max(100_000, { error: expecting('a whole number of sessions from -100000 to 100000') }),
    exchange,
  }),
}
