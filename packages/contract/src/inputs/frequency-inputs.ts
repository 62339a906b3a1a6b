import { z } from 'zod'
import type { Dataset } from '../dataset.ts'
import type { BarRule } from '../rules/bar-rule.ts'
import { expecting } from './arguments.ts'

/** Periods that bars of a day are put together to. */
const frequencies = ['day', 'week', 'month', 'quarter', 'year'] as const
export type Frequency = (typeof frequencies)[number]

/** Length of a bar within a day, such as `5min`: 1 to 1,440 minutes. */
export type MinuteFrequency = `${number}min`

/** The minutes of a length such as `5min`; `undefined` if it is none. */
export function minutesOf(text: string): number | undefined {
  const minutes = /^([1-9]\d{0,3})min$/.exec(text)?.[1]
  return minutes !== undefined && Number(minutes) <= 1_440 ? Number(minutes) : undefined
}

const MINUTES_EXPECTED = 'a length of bars such as "5min": 1 to 1440 minutes'

const minutesInput = z.string({ error: expecting(MINUTES_EXPECTED) }).refine((text) => minutesOf(text) !== undefined, {
  error: (issue) => expecting(MINUTES_EXPECTED)({ input: issue.input }),
})

const periodInput = z.enum(frequencies, { error: expecting(`one of ${frequencies.join(', ')}`) })

/** A length that bars of another one can be put together to. */
const multipleInput = (stored: string) => {
  const expected = `a multiple of the stored length ${stored}, up to 1440min`
  return z.string({ error: expecting(expected) }).refine((text) => isMultiple(text, stored), {
    error: (issue) => expecting(expected)({ input: issue.input }),
  })
}

const isMultiple = (text: string, stored: string): boolean => (minutesOf(text) ?? 0.5) % (minutesOf(stored) ?? 1) === 0

/**
 * The arguments by which `range` of a dataset tells the length of its bars, and those of `at` and `latest`, whose bars are
 * those that are stored. Where a dataset takes none the keys are not there, so that they are refused as unknown.
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
  // One type for all: what is not there is undefined in what the schemas give.
  return shapes as unknown as {
    readonly range: {
      readonly freq: z.ZodOptional<z.ZodType<Frequency | MinuteFrequency>>
      readonly from: z.ZodOptional<z.ZodType<MinuteFrequency>>
    }
    readonly stored: { readonly freq: z.ZodOptional<z.ZodType<MinuteFrequency>> }
  }
}

/** Datasets with bars of some minutes, of which one length must be named. */
export type InMinutes = { readonly bars: { readonly minutes: { readonly frequency: string } } }

/** Datasets with bars of one length of minutes, which need not be named. */
export type OfOneLength = { readonly bars: { readonly minutes: { readonly stored: MinuteFrequency } } }

/** Which bars `range` answers with. */
export type FrequencyArguments<D extends Dataset> = D extends InMinutes
  ? {
      /**
       * Length of the bars, such as `5min`. They are the stored ones of that length, if none is missing of which there are
       * shorter ones; otherwise they are put together from the longest stored ones that divide it and lack none. Where several
       * lengths are stored they are compared bar by bar for this, which `from` spares. Bars are those whose own time is in
       * the range, each of all its rows; without an `end` the last one may not be over yet.
       */
      readonly freq: MinuteFrequency
      /** Puts the bars together from the stored ones of this length, whatever else is stored. */
      readonly from?: MinuteFrequency | undefined
    }
  : D extends OfOneLength
    ? {
        /**
         * Length of the bars, a multiple of the stored one, such as `5min`; by default the stored bars as they are. Bars are
         * those whose own time is in the range, each of all its rows; without an `end` the last one may not be over yet.
         */
        readonly freq?: MinuteFrequency | undefined
      }
    : D extends { readonly bars: BarRule }
      ? {
          /**
           * Bars of a day (the default), or put together to longer ones: first open, highest high, lowest low, last close,
           * volumes summed, adjusted before; dated by the last session of the period within the range.
           */
          readonly freq?: Frequency | undefined
        }
      : unknown

/** Which bars `at` and `latest` answer with: stored ones. */
export type StoredFrequency<D extends Dataset> = D extends InMinutes
  ? {
      /** Length of the bars, such as `1min`, one that is stored. */
      readonly freq: MinuteFrequency
    }
  : D extends { readonly bars: { readonly minutes: { readonly stored: infer Length } } }
    ? {
        /** Length of the bars, which are the stored ones. */
        readonly freq?: Length | undefined
      }
    : unknown
