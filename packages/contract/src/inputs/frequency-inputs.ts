import type { Dataset } from '../dataset.ts'
import type { BarRule } from '../rules/bar-rule.ts'
import { type Argument, oneOf, optional, textRead } from './argument-kinds.ts'

/** Periods that daily bars combine into. */
export const frequencies = ['day', 'week', 'month', 'quarter', 'year'] as const
/** The period of a bar that is built from daily bars. */
export type Frequency = (typeof frequencies)[number]

/** The length of a bar within a day, such as `5min`: 1 to 1,440 minutes. */
export type MinuteFrequency = `${number}min`

/** The minutes of a length such as `5min`; `undefined` if it is invalid. */
export function minutesOf(text: string): number | undefined {
  const minutes = /^([1-9]\d{0,3})min$/.exec(text)?.[1]
  return minutes !== undefined && Number(minutes) <= 1_440 ? Number(minutes) : undefined
}

/** Datasets with minute bars of several lengths, of which one must be named. */
export type InMinutes = { readonly bars: { readonly minutes: { readonly frequency: string } } }

/** Datasets with minute bars of one length, which need not be named. */
export type OfOneLength = { readonly bars: { readonly minutes: { readonly stored: MinuteFrequency } } }

/** The arguments of `range` for bars. */
export type FrequencyArguments<D extends Dataset> = D extends InMinutes
  ? {
      /**
       * The length of the bars, such as `5min`.
       *
       * If some are not stored, they are built from the longest complete stored length that divides it. The answer has
       * the bars whose time is in the range, each built from all its rows; without an `end` the last one may still
       * change.
       *
       * @example
       * ```ts
       * await db.stk_mins.range({ symbols: ['600519.SH'], start: '2024-06-28', freq: '30min', fields: ['close'] })
       * ```
       */
      readonly freq: MinuteFrequency
      /**
       * Builds the bars from the stored ones of this length, without comparing several lengths.
       *
       * @example
       * ```ts
       * await db.stk_mins.range({ symbols: ['600519.SH'], start: '2024-06-28', freq: '30min', from: '1min' })
       * ```
       */
      readonly from?: MinuteFrequency | undefined
    }
  : D extends OfOneLength
    ? {
        /**
         * The length of the bars, a multiple of the stored one, such as `5min`.
         *
         * The answer has the bars whose time is in the range, each built from all its rows; without an `end` the last
         * one may still change.
         *
         * @default the stored bars
         * @example
         * ```ts
         * await db.stk_mins.range({ symbols: ['600519.SH'], start: '2024-06-28', freq: '5min' })
         * ```
         */
        readonly freq?: MinuteFrequency | undefined
      }
    : D extends { readonly bars: BarRule }
      ? {
          /**
           * The period of the bars: first open, highest high, lowest low, last close, summed volumes.
           *
           * Prices are adjusted first. A bar is dated by the last session of its period within the range.
           *
           * @default 'day'
           * @example
           * ```ts
           * await db.daily.range({ symbols: ['600519.SH'], start: '2023-01-01', freq: 'month', adjust: 'qfq' })
           * ```
           */
          readonly freq?: Frequency | undefined
        }
      : unknown

/** The arguments of `at` and `latest` for bars, which must be stored. */
export type StoredFrequency<D extends Dataset> = D extends InMinutes
  ? {
      /**
       * The length of the bars, such as `1min`; it must be stored.
       *
       * @example
       * ```ts
       * await db.stk_mins.latest({ symbols: ['600519.SH'], freq: '1min', n: 60 })
       * ```
       */
      readonly freq: MinuteFrequency
    }
  : D extends { readonly bars: { readonly minutes: { readonly stored: infer Length } } }
    ? {
        /**
         * The length of the bars, which must be the stored one.
         *
         * @default the stored length
         * @example
         * ```ts
         * await db.stk_mins.latest({ symbols: ['600519.SH'], freq: '1min' })
         * ```
         */
        readonly freq?: Length | undefined
      }
    : unknown

/** Keys that a dataset does not use are missing, so that they are refused as unknown; one type for all datasets. */
type BarArguments = {
  readonly freq: Argument<Frequency | MinuteFrequency> & { readonly optional: true }
  readonly from: Argument<MinuteFrequency> & { readonly optional: true }
}

/** How the arguments of `range` for bars are checked. @internal */
export function freq({ bars }: Dataset): BarArguments {
  const { frequency, stored } = bars?.minutes ?? {}
  const own = (): object => {
    if (stored !== undefined) return { freq: optional(multipleOf(stored)) }
    if (frequency !== undefined) return { freq: minutesArgument(), from: optional(minutesArgument()) }
    return bars ? { freq: optional(oneOf(frequencies)) } : {}
  }
  return own() as BarArguments
}

/** How those of `at` and `latest` are checked, which return stored bars. @internal */
export function storedFreq({ bars }: Dataset): Pick<BarArguments, 'freq'> {
  const { frequency, stored } = bars?.minutes ?? {}
  const own = (): object => {
    if (stored !== undefined) return { freq: optional(oneOf([stored], `the stored length "${stored}"`)) }
    return frequency === undefined ? {} : { freq: minutesArgument() }
  }
  return own() as Pick<BarArguments, 'freq'>
}

const minutesArgument = (): Argument<string> =>
  textRead('a length of bars such as "5min": 1 to 1440 minutes', (text) =>
    minutesOf(text) === undefined ? undefined : text,
  )

/** A length that is a multiple of the stored one. */
const multipleOf = (stored: string): Argument<string> =>
  textRead(`a multiple of the stored length ${stored}, up to 1440min`, (text) =>
    isMultiple(text, stored) ? text : undefined,
  )

const isMultiple = (text: string, stored: string): boolean => (minutesOf(text) ?? 0.5) % (minutesOf(stored) ?? 1) === 0
