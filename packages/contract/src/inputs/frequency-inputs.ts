import type { Dataset } from '../dataset.ts'
import type { BarRule } from '../rules/bar-rule.ts'

/** Periods that bars of a day are put together to. */
export const frequencies = ['day', 'week', 'month', 'quarter', 'year'] as const
export type Frequency = (typeof frequencies)[number]

/** Length of a bar within a day, such as `5min`: 1 to 1,440 minutes. */
export type MinuteFrequency = `${number}min`

/** The minutes of a length such as `5min`; `undefined` if it is invalid. */
export function minutesOf(text: string): number | undefined {
  const minutes = /^([1-9]\d{0,3})min$/.exec(text)?.[1]
  return minutes !== undefined && Number(minutes) <= 1_440 ? Number(minutes) : undefined
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
