import type { Dataset, FieldName } from './dataset.ts'
import { count, type DatasetArguments, flag, optional } from './inputs/argument-kinds.ts'
import type { DateArgument } from './inputs/arguments.ts'
import { type AsOfInput, dateKnown, isPointInTime, periods, reportType } from './inputs/as-of-inputs.ts'
import {
  type Adjust,
  type AdjustArguments,
  adjust,
  date,
  end,
  fields,
  type Selection,
  start,
  symbols,
  type WhereArgument,
  where,
} from './inputs/dataset-arguments.ts'
import { type FrequencyArguments, freq, type StoredFrequency, storedFreq } from './inputs/frequency-inputs.ts'
import { type Fill, fill, isPanelled, numericFields, type PanelInput, wholeSpan } from './inputs/panel-input.ts'
import { limits } from './protocol.ts'

/** Input of `range`: dates as `YYYY-MM-DD` or `YYYYMMDD`, both ends inclusive. */
export type RangeInput<D extends Dataset, F extends FieldName<D> = FieldName<D>> = Selection<F> & {
  /**
   * The first date, inclusive, as `YYYY-MM-DD` or `YYYYMMDD`; the range is open by default.
   *
   * @example
   * ```ts
   * await db.daily.range({ symbols: ['600519.SH'], start: '2024-01-01' })
   * ```
   */
  readonly start?: DateArgument | undefined
  /**
   * The last date, inclusive, as `YYYY-MM-DD` or `YYYYMMDD`; the range is open by default.
   *
   * @example
   * ```ts
   * await db.daily.range({ symbols: ['600519.SH'], start: '2024-01', end: '2024-06' }) // until the last day of June
   * ```
   */
  readonly end?: DateArgument | undefined
  /**
   * The maximum number of rows, all by default; `meta.complete` is false if there were more.
   *
   * @example
   * ```ts
   * await db.daily.range({ start: '2024-01-01', limit: 1_000 })
   * ```
   */
  readonly limit?: number | undefined
} & WhereArgument<D> &
  AdjustArguments<D> &
  FrequencyArguments<D>

/** Input of `at`: one date; with `lookback`, each symbol's last row on or before it. */
export type AtInput<D extends Dataset, F extends FieldName<D> = FieldName<D>> = Selection<F> & {
  /**
   * The date, `YYYY-MM-DD` or `YYYYMMDD`.
   *
   * @example
   * ```ts
   * await db.daily.at({ date: '2024-06-28', fields: ['close'] })
   * ```
   */
  readonly date: DateArgument
  /**
   * Reads each symbol's last row on or before the date, instead of the date's own rows.
   *
   * @default false
   * @example
   * ```ts
   * await db.daily.at({ date: '2024-06-30', symbols: ['600519.SH'], lookback: true }) // the bar of 2024-06-28
   * ```
   */
  readonly lookback?: boolean | undefined
} & WhereArgument<D> &
  AdjustArguments<D> &
  StoredFrequency<D>

/** Input of `latest`: the rows of the last `n` dates of each symbol, on or before `end`. */
export type LatestInput<D extends Dataset, F extends FieldName<D> = FieldName<D>> = Selection<F> & {
  /**
   * The number of dates of each symbol to read.
   *
   * @default 1
   * @example
   * ```ts
   * await db.daily.latest({ symbols: ['600519.SH'], n: 20, end: '2024-06-28' })
   * ```
   */
  readonly n?: number | undefined
  /**
   * The last date, inclusive, as `YYYY-MM-DD` or `YYYYMMDD`; that of each symbol by default.
   *
   * @example
   * ```ts
   * await db.daily.latest({ symbols: ['600519.SH'], n: 20, end: '2024-06-28' })
   * ```
   */
  readonly end?: DateArgument | undefined
} & WhereArgument<D> &
  AdjustArguments<D> &
  StoredFrequency<D>

/** Input of `list`: filters, symbols, fields and a limit. */
export type ListInput<D extends Dataset, F extends FieldName<D> = FieldName<D>> = Selection<F> & {
  /**
   * The maximum number of rows, all by default; `meta.complete` is false if there were more.
   *
   * @example
   * ```ts
   * await db.stock_basic.list({ where: { list_status: 'L' }, limit: 100 })
   * ```
   */
  readonly limit?: number | undefined
} & WhereArgument<D>

/**
 * The procedures that read a dataset, with their inputs, by what the dataset needs for them. `undefined` stands for a call
 * without arguments.
 *
 * A new one is declared here, in {@link readNeeds} and in {@link readArguments}: the types of the router, the server's procedures and
 * their schemas, `meta.info`, the procedures of factors, errors of the client and docs/datasets.md follow.
 */
export interface ReadInputs<D extends Dataset> {
  date: { range: RangeInput<D> | undefined; at: AtInput<D>; latest: LatestInput<D> | undefined }
  noDate: { list: ListInput<D> | undefined }
  panel: { panel: PanelInput<D> }
  pointInTime: { asOf: AsOfInput<D> }
}

/**
 * What an answer says of how it was read, known before its first row; it is part of `meta`. A procedure whose answers say more adds it
 * here.
 */
export interface ReadFacts {
  /** How prices were adjusted; absent if the dataset has no adjustment. */
  readonly adjust?: Adjust
  /** The date whose factor qfq divided by. */
  readonly anchor?: string
  /** The date as of which the rows were known or in force. */
  readonly asOf?: string
  /** Length of the bars, if it was requested. */
  readonly freq?: string
  /** Length of the stored bars that they were built from. */
  readonly from?: string
  /** Values of missing rows, in panels. */
  readonly fill?: Fill
  /** The trading days of a panel; every symbol has a row for each. */
  readonly sessions?: readonly string[]
}

/** What a dataset may need for a procedure. */
type Need = keyof ReadInputs<Dataset>
type NeedsOf<N extends Need> = { readonly [Name in keyof ReadInputs<Dataset>[N]]: N }
/** The name of a procedure that reads a dataset. */
export type ReadName = { [N in Need]: keyof ReadInputs<Dataset>[N] }[Need]

/** What a dataset needs for each procedure that reads it. */
const readNeeds: NeedsOf<'date'> & NeedsOf<'noDate'> & NeedsOf<'panel'> & NeedsOf<'pointInTime'> = {
  range: 'date',
  at: 'date',
  latest: 'date',
  list: 'noDate',
  panel: 'panel',
  asOf: 'pointInTime',
}

const limit = () => ({ limit: optional(count(Number.MAX_SAFE_INTEGER)) })
const lookback = () => ({ lookback: optional(flag()) })
const n = () => ({ n: optional(count(limits.latestRows)) })

/**
 * How the arguments of each procedure that reads a dataset are checked, in the order of messages; those that a dataset does not have are
 * refused. An argument that no other procedure has is described above.
 *
 * @internal
 */
export const readArguments = {
  range: [symbols, fields, where, start, end, limit, adjust, freq],
  at: [symbols, fields, where, date, lookback, adjust, storedFreq],
  latest: [symbols, fields, where, n, end, adjust, storedFreq],
  list: [symbols, fields, where, limit],
  panel: [symbols, wholeSpan, numericFields, where, fill, adjust],
  asOf: [dateKnown, symbols, fields, periods, reportType],
} as const satisfies { readonly [Name in ReadName]: readonly DatasetArguments[] }

const needs: Readonly<Record<Need, { readonly words: string; readonly met: (dataset: Dataset) => boolean }>> = {
  date: { words: 'a date', met: ({ date }) => date !== undefined },
  noDate: { words: 'rows without a date', met: ({ date }) => date === undefined },
  panel: { words: 'a calendar and a key of symbol and date', met: isPanelled },
  pointInTime: { words: 'pointInTime', met: isPointInTime },
}

/** The procedures that read a dataset. */
export const readsOf = (dataset: Dataset): readonly ReadName[] =>
  (Object.keys(readNeeds) as ReadName[]).filter((name) => needs[readNeeds[name]].met(dataset))

/** All procedures of a dataset. */
export const proceduresOf = (dataset: Dataset): readonly string[] => [...readsOf(dataset), 'upsert', 'delete', 'watch']

/** What the declaration of a dataset must have for a procedure, in words. */
export const needOf = (procedure: string): string | undefined =>
  // Names that every object inherits, such as `toString`, are no need.
  (needs as Partial<typeof needs>)[readNeeds[procedure as ReadName]]?.words
