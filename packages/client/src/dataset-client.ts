import type { Dataset, FieldName, Fields } from '@stockdb/contract'
import type {
  AsOfInput,
  AsOfKeyFieldName,
  AtInput,
  ChangeEvent,
  ChangeWatchInput,
  Dated,
  DeleteInput,
  IfPanelled,
  IfWritable,
  KeyFieldName,
  LatestInput,
  ListInput,
  PanelField,
  PanelInput,
  PointInTime,
  RangeInput,
} from '@stockdb/contract/wire'
import type { PublicCalls } from './call/call-site.ts'
import type { CallOptions } from './call/deadline.ts'
import type { Caller } from './caller.ts'
import type { BatchFrame } from './frame/batch-frame.ts'
import type { CellsOf } from './frame/cells.ts'
import type { Frame } from './frame/frame.ts'
import { makePanels, type Panels } from './frame/panels.ts'
import { newKey } from './write/new-key.ts'
import { type TailEvent, type TailInput, tail, watch } from './write/tail.ts'
import type { UpsertOptions, WriteClient, WriteOptions } from './write/write-client.ts'

/** The frame that a dataset answers with: the requested fields `F`, and always its symbol and date. */
export type FrameOf<D extends Dataset, F extends FieldName<D> = FieldName<D>> = Frame<AnswerCells<D, F>>

/** Calls name these instead of `FrameOf`, which an editor would show with the whole declaration of the dataset. */
type AnswerCells<D extends Dataset, F extends FieldName<D>> = CellsOf<Pick<D['fields'], F | KeyFieldName<D>>>

/** Calls of a dataset whose rows have a date; frames are ordered by symbol, then date, both ascending. */
export interface DatedClient<D extends Dataset> {
  /**
   * Reads the rows between two dates, both inclusive, ordered by symbol and date.
   *
   * Without `symbols`, `start` or `end` the range is open on that side. Nulls of float64 columns are NaN.
   *
   * @param input - `symbols`, `start`, `end`, `fields`, `where`, `limit`; `adjust`, `anchor` and `freq` where the dataset has them
   * @param options - signal and timeout of this call
   * @throws `UnknownSymbolError` for a code that the database does not have, `MissingFactorError` if a price cannot be adjusted
   * @example
   * ```ts
   * const bars = await db.daily.range({ symbols: ['600519.SH'], start: '2024-01-01', end: '2024-06-28', fields: ['close'], adjust: 'qfq' })
   * bars.columns.close // Float64Array
   * ```
   */
  range<const F extends FieldName<D> = FieldName<D>>(
    input?: RangeInput<D, F>,
    options?: CallOptions,
  ): Promise<Frame<AnswerCells<D, F>>>
  /**
   * Reads the rows of one date; with `lookback`, each symbol's last row on or before it.
   *
   * @param input - `date`, and `symbols`, `fields`, `where`, `lookback`; `adjust` and `anchor` where the dataset has them
   * @param options - signal and timeout of this call
   * @throws `UnknownSymbolError` for a code that the database does not have
   * @example
   * ```ts
   * const day = await db.daily.at({ date: '2024-06-28', fields: ['close', 'vol'] })
   * day.numRows // how many stocks traded that day
   * ```
   */
  at<const F extends FieldName<D> = FieldName<D>>(
    input: AtInput<D, F>,
    options?: CallOptions,
  ): Promise<Frame<AnswerCells<D, F>>>
  /**
   * Reads the rows of the last `n` dates of each symbol, on or before `end`.
   *
   * @param input - `symbols`, `n` (1 by default), `end` (inclusive), `fields`, `where`; `adjust` where the dataset has it
   * @param options - signal and timeout of this call
   * @throws `UnknownSymbolError` for a code that the database does not have
   * @example
   * ```ts
   * const week = await db.daily.latest({ symbols: ['600519.SH'], n: 5, fields: ['close'] })
   * week.columns.trade_date // five dates, ascending
   * ```
   */
  latest<const F extends FieldName<D> = FieldName<D>>(
    input?: LatestInput<D, F>,
    options?: CallOptions,
  ): Promise<Frame<AnswerCells<D, F>>>
  /**
   * Reads the rows of `range` batch by batch, in bounded memory: up to 16,384 rows each.
   *
   * `break` ends the query in the database. The last batch may have no rows; its `meta` is that of the whole answer (`complete`,
   * `coverage`, `missingFactor`).
   *
   * @param input - as for `range`
   * @param options - `timeoutMs` limits the wait for each batch
   * @throws `IncompleteAnswerError` or `UnavailableError` inside the loop unless all rows arrive
   * @example
   * ```ts
   * let turnover = 0
   * for await (const batch of db.daily.stream({ start: '2010-01-01', fields: ['amount'] }))
   *   for (const amount of batch.columns.amount) turnover += amount || 0 // NaN is null
   * ```
   */
  stream<const F extends FieldName<D> = FieldName<D>>(
    input?: RangeInput<D, F>,
    options?: CallOptions,
  ): AsyncGenerator<Frame<AnswerCells<D, F>>, void, undefined>
}

/** Calls of a dataset without a date; frames are ordered by key. */
export interface ListClient<D extends Dataset> {
  /**
   * Lists the rows whose fields equal the filters of `where`; without filters, all rows.
   *
   * @param input - `where`, `symbols`, `fields`, `limit`
   * @param options - signal and timeout of this call
   * @throws `UnknownSymbolError` for a code that the database does not have
   * @example
   * ```ts
   * const listed = await db.stock_basic.list({ where: { exchange: 'SSE', list_status: 'L' }, fields: ['name', 'list_date'] })
   * listed.rows() // { ts_code, name, list_date }[]
   * ```
   */
  list<const F extends FieldName<D> = FieldName<D>>(
    input?: ListInput<D, F>,
    options?: CallOptions,
  ): Promise<Frame<AnswerCells<D, F>>>
}

/** Calls of a dataset with a point-in-time rule. */
export interface AsOfClient<D extends Dataset> {
  /**
   * Reads the rows known or in force on a date.
   *
   * - Statements: the newest `periods` of each symbol, newest first, each in the version announced last before the date.
   *   `sameDay: true` includes announcements of the date itself. Rows without an announcement date are left out.
   * - Published sets (`index_weight`): all rows of each symbol's last date on or before the date.
   * - Intervals (`index_member_all`, `namechange`): those in force on the date, by key. Their end (`end_date`,
   *   `out_date`) and current-only fields (`name`, `is_new`) are null, because they were not known; `list` has them.
   *
   * `meta` has the date, and the rule in words.
   *
   * @param input - `date`, `symbols`, `fields`; for statements `periods` (1 by default), `sameDay`, `report_type`
   * @param options - signal and timeout of this call
   * @throws `UnknownSymbolError` for a code that the database does not have
   * @example
   * ```ts
   * const known = await db.fina_indicator.asOf({ date: '2024-04-30', symbols: ['600519.SH'], periods: 4, fields: ['roe'] })
   * known.columns.end_date // four periods, newest first
   * ```
   */
  asOf<const F extends FieldName<D> = FieldName<D>>(
    input: AsOfInput<D, F>,
    options?: CallOptions,
  ): Promise<Frame<CellsOf<Pick<D['fields'], F | AsOfKeyFieldName<D>>>>>
}

/** Calls of a dataset with one row for each symbol and trading day. */
export interface PanelClient<D extends Dataset> {
  /**
   * Reads numeric fields as trading days × symbols; panels of one range have the same shape.
   *
   * A day without a row is NaN, never zero. `fill: 'previous'` puts the last row before a gap into it, for at most `maxFill` trading
   * days. Integers become doubles. A panel has at most 50,000,000 numbers.
   *
   * @param input - `start` and `end`, both inclusive, and `fields`; `symbols`, `where`, `fill`, `maxFill`; `adjust` where it applies
   * @param options - signal and timeout of this call
   * @throws `OutOfCalendarError` if the trading calendar does not cover the range, `UnknownSymbolError` for an unknown code
   * @example
   * ```ts
   * const { panels, dates, symbols } = await db.daily.panel({ start: '2024-01-01', end: '2024-12-31', fields: ['close'], adjust: 'hfq' })
   * panels.close.values[0] // the closes of dates[0], in the order of symbols
   * ```
   */
  panel<const F extends PanelField<D>>(input: PanelInput<D, F>, options?: CallOptions): Promise<Panels<F>>
}

/** Calls that listen to what is written to a dataset, by this server and by others on the same database. */
export interface WatchClient<D extends Dataset> {
  /**
   * Yields every write to the dataset, in the order of commits, until the loop ends.
   *
   * It goes on after lost connections and restarts without loss or repetition. Changes of other servers come within a second. If
   * changes were lost, because `since` is older than `--changes-retention`, `complete` is false.
   *
   * @param input - `symbols`; `since`, the number of a write, by default only later ones
   * @param options - `timeoutMs` is the longest time without a sign of life
   * @example
   * ```ts
   * for await (const { sequence, symbols, start, end } of db.daily.watch({ symbols: ['600519.SH'] })) {
   *   console.log(sequence, symbols, start, end)
   *   break
   * }
   * ```
   */
  watch(
    input?: Omit<ChangeWatchInput, 'lastEventId'>,
    options?: CallOptions,
  ): AsyncGenerator<Omit<ChangeEvent, 'ready'>, void, undefined>
  /**
   * Yields the rows that each write changed, as they are when they are read, in bounded batches; deletions as `deleted`.
   *
   * Rows come at least once after each change, and not in every version. A change of many symbols reads its whole span again.
   *
   * @param input - `symbols`, `fields`; `since`, the number of a write, by default only later ones
   * @param options - `timeoutMs` is the longest time without a sign of life
   * @example
   * ```ts
   * for await (const { frame, deleted } of db.daily.tail({ symbols: ['600519.SH'], fields: ['close'] })) {
   *   console.log(deleted ?? frame?.columns.close)
   *   break
   * }
   * ```
   */
  tail<const F extends FieldName<D> = FieldName<D>>(
    input?: TailInput<F>,
    options?: CallOptions,
  ): AsyncGenerator<TailEvent<Frame<AnswerCells<D, F>>>, void, undefined>
}

/** The calls of a dataset, which depend on its declaration. */
export type DatasetClient<D extends Dataset> = (D extends Dated ? DatedClient<D> : ListClient<D>) &
  IfPanelled<D, PanelClient<D>> &
  (D extends PointInTime ? AsOfClient<D> : unknown) &
  IfWritable<D, WriteClient<D>> &
  WatchClient<D>

function watchCalls(caller: Caller, name: string, dated: boolean): PublicCalls {
  return {
    watch: (input: object = {}, options?: CallOptions) => watch(caller, name, input, options),
    tail: (input: TailInput<string> = {}, options?: CallOptions) => tail(caller, name, dated, input, options),
  }
}

function writeCalls(caller: Caller, name: string): PublicCalls {
  return {
    upsert: async (rows: unknown, options?: UpsertOptions) => {
      // A page that only reads does not load it.
      const { upsert } = await import('./write/upsert.ts')
      return upsert(caller, name, rows, options)
    },
    delete: (input: DeleteInput, { idempotencyKey, ...options }: WriteOptions = {}) =>
      caller.write({ path: `${name}.delete`, input, key: idempotencyKey ?? newKey() }, options),
  }
}

/** The calls whose answer has a form of its own, and how it is made of the frame; the others answer with the frame. */
const forms = new Map<string, (frame: Frame<CellsOf<Fields>>, input: never) => unknown>([
  [
    'panel',
    (frame, { fields }: { readonly fields: readonly string[] }) =>
      // Its type is what scripts see of it.
      makePanels(frame as unknown as BatchFrame, [...new Set(fields)]),
  ],
])

/** The calls of one dataset, with the procedures that the server names. */
export function datasetCalls(caller: Caller, name: string, procedures: readonly string[]): PublicCalls {
  const call = (procedure: string) => {
    const path = `${name}.${procedure}`
    const form = forms.get(procedure)
    return form
      ? // The server has checked the input.
        async (input: unknown, options?: CallOptions) =>
          form(await caller.frame<Fields>(path, input, options), input as never)
      : (input?: unknown, options?: CallOptions) => caller.ask(path, input ?? {}, options)
  }
  const calls = Object.fromEntries(procedures.map((procedure) => [procedure, call(procedure)]))
  const stream = (input?: unknown, options?: CallOptions) => caller.stream(`${name}.range`, input ?? {}, options)
  return {
    ...calls,
    ...(procedures.includes('range') ? { stream } : {}),
    ...(procedures.includes('watch') ? watchCalls(caller, name, procedures.includes('range')) : {}),
    ...(procedures.includes('upsert') ? writeCalls(caller, name) : {}),
  }
}
