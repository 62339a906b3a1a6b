import type { Adjustable, Dataset, FieldName } from '../dataset.ts'
import { keyFields } from '../dataset.ts'
import type { Field, ValueOf } from '../fields.ts'
import type { DateArgument, SymbolArguments } from './arguments.ts'

/** `none` as stored, `qfq` forward (÷ factor at the anchor), `hfq` backward (× factor). */
export const adjustments = ['none', 'qfq', 'hfq'] as const
/** How to adjust prices: `none` as stored, `qfq` to the factor at the anchor, `hfq` times the factor. */
export type Adjust = (typeof adjustments)[number]

/**
 * What to do with a row without a factor on or before its day, or the anchor: `error` refuses the answer and names the
 * symbols, `skip` drops the row, `raw` leaves it unadjusted.
 */
export const missingFactorModes = ['error', 'skip', 'raw'] as const
/** What to do with a row without a factor on or before its day, or the anchor. */
export type MissingFactor = (typeof missingFactorModes)[number]

/** The fields of an answer, in order: symbol and date first, then the requested ones. */
export function answerFields(dataset: Dataset, asked: readonly string[] | undefined): string[] {
  return [...new Set([...keyFields(dataset), ...(asked ?? Object.keys(dataset.fields))])]
}

/** Arguments that adjust prices, on datasets with an adjustment. */
export type AdjustArguments<D extends Dataset> = D extends Adjustable
  ? {
      /**
       * How to adjust prices: `none`, `qfq` (÷ the factor at the anchor) or `hfq` (× the factor).
       *
       * @default 'none'
       * @example
       * ```ts
       * await db.daily.range({ symbols: ['600519.SH'], fields: ['close'], adjust: 'hfq' })
       * ```
       */
      readonly adjust?: Adjust | undefined
      /**
       * The date whose factor `qfq` divides by; `none` and `hfq` do not use it.
       *
       * @default the last date of the range
       * @example
       * ```ts
       * await db.daily.range({ symbols: ['600519.SH'], end: '2024-06-28', adjust: 'qfq', anchor: '2024-01-02' })
       * ```
       */
      readonly anchor?: DateArgument | undefined
      /**
       * What to do with a row without a factor on or before its day, or the anchor.
       *
       * `error` refuses the answer with `MISSING_FACTOR`, which names the symbols; `skip` drops the row; `raw` leaves
       * it unadjusted. `meta.missingFactor` counts what was skipped or left raw.
       *
       * @default 'error'
       * @example
       * ```ts
       * await db.daily.range({ start: '2024-01-01', fields: ['close'], adjust: 'qfq', missingFactor: 'skip' })
       * ```
       */
      readonly missingFactor?: MissingFactor | undefined
    }
  : unknown

/** The arguments that select symbols and fields. */
export interface Selection<F extends string> extends SymbolArguments {
  /**
   * The fields to read besides symbol and date; all by default, none for an empty list.
   *
   * @example
   * ```ts
   * const { columns } = await db.daily.latest({ fields: ['close', 'vol'] }) // columns.open does not compile
   * ```
   */
  readonly fields?: readonly F[] | undefined
}

type Filter<F extends Field> = ValueOf<F> | null | readonly (ValueOf<F> | null)[]

/** The argument that filters rows by values. */
export interface WhereArgument<D extends Dataset> {
  /**
   * Filters rows: for each field a value, null, or a list of 1 to 1,000 of them.
   *
   * Filters apply to stored values: before the last rows are selected, gaps filled, bars built or prices adjusted.
   *
   * @default all rows
   * @example
   * ```ts
   * await db.stock_basic.list({ where: { exchange: 'SSE', list_status: ['L', 'P'] } })
   * ```
   */
  readonly where?: { readonly [K in FieldName<D>]?: Filter<D['fields'][K]> | undefined } | undefined
}
