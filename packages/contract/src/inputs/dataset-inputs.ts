import type { Adjustable, Dataset, FieldName } from '../dataset.ts'
import { keyFields } from '../dataset.ts'
import type { Field, ValueOf } from '../fields.ts'
import type { SymbolArguments } from './arguments.ts'
import type { FrequencyArguments, StoredFrequency } from './frequency-inputs.ts'

/** `none` as stored, `qfq` forward (÷ factor at the anchor), `hfq` backward (× factor). */
export const adjustments = ['none', 'qfq', 'hfq'] as const
export type Adjust = (typeof adjustments)[number]

/**
 * What becomes of a row that has no factor on or before its day, or the anchor: `error` refuses the answer and names the
 * symbols, `skip` leaves the row out, `raw` leaves it as it is stored.
 */
export const missingFactorModes = ['error', 'skip', 'raw'] as const
export type MissingFactor = (typeof missingFactorModes)[number]

/** The fields that an answer holds, in its order: symbol and date first, then what was asked for. */
export function answerFields(dataset: Dataset, asked: readonly string[] | undefined): string[] {
  return [...new Set([...keyFields(dataset), ...(asked ?? Object.keys(dataset.fields))])]
}

/** Arguments that adjust prices; only datasets with an adjustment take them. */
export type AdjustArguments<D extends Dataset> = D extends Adjustable
  ? {
      /** Default `none`. */
      readonly adjust?: Adjust | undefined
      /**
       * The date whose factor qfq divides by; by default the last date of the answer's range. `none` and `hfq` have no
       * use for it.
       */
      readonly anchor?: string | undefined
      /**
       * What becomes of a row without a factor on or before its day, or the anchor. With `error`, the default, the answer is
       * refused with `MISSING_FACTOR`, which names the symbols; with `skip` the row is left out; with `raw` it stays as it is
       * stored. `meta.missingFactor` counts what was skipped or left raw.
       */
      readonly missingFactor?: MissingFactor | undefined
    }
  : unknown

export interface Selection<F extends string> extends SymbolArguments {
  /** Fields besides symbol and date; all when left out. */
  readonly fields?: readonly F[] | undefined
}

/** Input of `range`: dates as `YYYY-MM-DD` or `YYYYMMDD`, both ends inclusive. */
export type RangeInput<D extends Dataset, F extends FieldName<D> = FieldName<D>> = Selection<F> & {
  readonly start?: string | undefined
  readonly end?: string | undefined
  /** Rows at most; `meta.complete` is false when there were more. */
  readonly limit?: number | undefined
} & WhereArgument<D> &
  AdjustArguments<D> &
  FrequencyArguments<D>

/** Input of `at`: one date; with `lookback` each symbol's last row on or before it. */
export type AtInput<D extends Dataset, F extends FieldName<D> = FieldName<D>> = Selection<F> & {
  readonly date: string
  readonly lookback?: boolean | undefined
} & WhereArgument<D> &
  AdjustArguments<D> &
  StoredFrequency<D>

/** Input of `latest`: the rows of the last `n` dates (1 by default) of each symbol, on or before `end`. */
export type LatestInput<D extends Dataset, F extends FieldName<D> = FieldName<D>> = Selection<F> & {
  readonly n?: number | undefined
  readonly end?: string | undefined
} & WhereArgument<D> &
  AdjustArguments<D> &
  StoredFrequency<D>

type Filter<F extends Field> = ValueOf<F> | null | readonly (ValueOf<F> | null)[]

export interface WhereArgument<D extends Dataset> {
  /**
   * Only rows whose fields equal these: for each field a value, null, or a list of 1 to 1,000 of them, any of which will do.
   * It holds for values as they are stored, before last rows are chosen, gaps filled, bars put together or prices adjusted.
   *
   * ```ts
   * await db.stock_basic.list({ where: { exchange: 'SSE', list_status: ['L', 'P'] } })
   * ```
   */
  readonly where?: { readonly [K in FieldName<D>]?: Filter<D['fields'][K]> | undefined } | undefined
}

/** Input of `list`. */
export type ListInput<D extends Dataset, F extends FieldName<D> = FieldName<D>> = Selection<F> & {
  readonly limit?: number | undefined
} & WhereArgument<D>
