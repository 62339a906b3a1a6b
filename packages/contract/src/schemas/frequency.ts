import { z } from 'zod'
import type { Dataset } from '../dataset.ts'
import { type Frequency, frequencies, type MinuteFrequency, minutesOf } from '../inputs/frequency-inputs.ts'
import { expecting } from './arguments.ts'

const MINUTES_EXPECTED = 'a length of bars such as "5min": 1 to 1440 minutes'

const minutesInput = z.string({ error: expecting(MINUTES_EXPECTED) }).refine((text) => minutesOf(text) !== undefined, {
  error: (issue) => expecting(MINUTES_EXPECTED)({ input: issue.input }),
})

const periodInput = z.enum(frequencies, { error: expecting(`one of ${frequencies.join(', ')}`) })

/** A length that is a multiple of the stored one. */
const multipleInput = (stored: string) => {
  const expected = `a multiple of the stored length ${stored}, up to 1440min`
  return z.string({ error: expecting(expected) }).refine((text) => isMultiple(text, stored), {
    error: (issue) => expecting(expected)({ input: issue.input }),
  })
}

const isMultiple = (text: string, stored: string): boolean => (minutesOf(text) ?? 0.5) % (minutesOf(stored) ?? 1) === 0

/**
 * The arguments of `range` for the length of bars, and those of `at` and `latest`, which return stored bars. Keys that
 * the dataset does not use are missing, so that they are refused as unknown.
 */
export function frequencyShapes({ bars }: Dataset) {
  const { frequency, stored } = bars?.minutes ?? {}
  const ofMinutes =
    stored === undefined
      ? { range: { freq: minutesInput, from: minutesInput.optional() }, stored: { freq: minutesInput } }
      : {
          range: { freq: multipleInput(stored).optional() },
          stored: { freq: z.literal(stored, { error: expecting(`the stored length "${stored}"`) }).optional() },
        }
  const ofDays = { range: bars ? { freq: periodInput.optional() } : {}, stored: {} }
  const shapes = frequency === undefined && stored === undefined ? ofDays : ofMinutes
  // One type for all datasets: missing keys are undefined in the output.
  return shapes as unknown as {
    readonly range: {
      readonly freq: z.ZodOptional<z.ZodType<Frequency | MinuteFrequency>>
      readonly from: z.ZodOptional<z.ZodType<MinuteFrequency>>
    }
    readonly stored: { readonly freq: z.ZodOptional<z.ZodType<MinuteFrequency>> }
  }
}
