import type { Dataset, FieldName } from './dataset.ts'
import type { DateArgument } from './inputs/arguments.ts'
import { type AsOfInput, isPointInTime } from './inputs/as-of-inputs.ts'
import type { AdjustArguments, Selection, WhereArgument } from './inputs/dataset-arguments.ts'
import type { FrequencyArguments, StoredFrequency } from './inputs/frequency-inputs.ts'
import { isPanelled, type PanelInput } from './inputs/panel-input.ts'

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
 * A new one is declared here and in {@link datasetReads} below: the types of the router, the server's procedures, `meta.info`, the
 * procedures of factors, errors of the client and docs/datasets.md follow.
 */
export interface ReadInputs<D extends Dataset> {
  date: { range: RangeInput<D> | undefined; at: AtInput<D>; latest: LatestInput<D> | undefined }
  noDate: { list: ListInput<D> | undefined }
  panel: { panel: PanelInput<D> }
  pointInTime: { asOf: AsOfInput<D> }
}

/** What a dataset may need for a procedure. */
type Need = keyof ReadInputs<Dataset>

/** Arguments, one or a few that belong together; `schemas/dataset-arguments.ts` says how each of them is checked. */
export type ArgumentName =
  | 'symbols'
  | 'fields'
  | 'numericFields'
  | 'where'
  | 'start'
  | 'end'
  | 'wholeSpan'
  | 'date'
  | 'dateKnown'
  | 'n'
  | 'limit'
  | 'lookback'
  | 'adjust'
  | 'freq'
  | 'storedFreq'
  | 'fill'
  | 'periods'
  | 'reportType'

const selection = ['symbols', 'fields', 'where'] as const

/** The arguments of each procedure that reads a dataset, in the order of messages; those that a dataset does not have are refused. */
export const datasetReads = {
  date: {
    range: [...selection, 'start', 'end', 'limit', 'adjust', 'freq'],
    at: [...selection, 'date', 'lookback', 'adjust', 'storedFreq'],
    latest: [...selection, 'n', 'end', 'adjust', 'storedFreq'],
  },
  noDate: { list: [...selection, 'limit'] },
  panel: { panel: ['symbols', 'wholeSpan', 'numericFields', 'where', 'fill', 'adjust'] },
  pointInTime: { asOf: ['dateKnown', 'symbols', 'fields', 'periods', 'reportType'] },
} as const satisfies {
  readonly [N in Need]: { readonly [Name in keyof ReadInputs<Dataset>[N]]: readonly ArgumentName[] }
}

const needs: Readonly<Record<Need, { readonly words: string; readonly met: (dataset: Dataset) => boolean }>> = {
  date: { words: 'a date', met: ({ date }) => date !== undefined },
  noDate: { words: 'rows without a date', met: ({ date }) => date === undefined },
  panel: { words: 'a symbol and a date', met: isPanelled },
  pointInTime: { words: 'pointInTime', met: isPointInTime },
}

type Reads = typeof datasetReads
/** The name of a procedure that reads a dataset. */
export type ReadName = { [N in Need]: keyof Reads[N] }[Need]
/** The arguments that a procedure takes. */
export type Taken<Name extends ReadName> = {
  [N in Need]: Name extends keyof Reads[N] ? (Reads[N][Name] extends readonly (infer A)[] ? A : never) : never
}[Need]

const namesOf = (need: Need): readonly ReadName[] => Object.keys(datasetReads[need]) as ReadName[]

/** The procedures that read a dataset. */
export const readsOf = (dataset: Dataset): readonly ReadName[] =>
  (Object.keys(needs) as Need[]).filter((need) => needs[need].met(dataset)).flatMap(namesOf)

/** The arguments of a procedure that reads a dataset. */
export const argumentNames = (name: ReadName): readonly ArgumentName[] =>
  (Object.assign({}, ...Object.values(datasetReads)) as Record<ReadName, readonly ArgumentName[]>)[name]

/** All procedures of a dataset. */
export const proceduresOf = (dataset: Dataset): readonly string[] => [...readsOf(dataset), 'upsert', 'delete', 'watch']

/** What the declaration of a dataset must have for a procedure, in words. */
export function needOf(procedure: string): string | undefined {
  const found = (Object.keys(needs) as Need[]).find((need) => Object.hasOwn(datasetReads[need], procedure))
  return found && needs[found].words
}
