import type { Dataset, FieldName, Fields } from '@stockdb/contract'
import type {
  AsOfInput,
  AsOfKeyFieldName,
  AtInput,
  Dated,
  IfPanelled,
  KeyFieldName,
  Known,
  LatestInput,
  ListInput,
  PanelField,
  PanelInput,
  RangeInput,
} from '@stockdb/contract/wire'
import type { CallOptions } from './call/deadline.ts'
import type { Caller } from './caller.ts'
import type { Frame } from './frame/frame.ts'
import { makePanels, type Panels } from './frame/panels.ts'

/** The frame that a dataset answers with when the fields `F` were asked for: with them its symbol and date. */
export type FrameOf<D extends Dataset, F extends FieldName<D> = FieldName<D>> = Frame<
  Pick<D['fields'], F | KeyFieldName<D>>
>

/** Questions to a dataset whose rows have a date. Frames are ordered by symbol, then date, both ascending. */
export interface DatedClient<D extends Dataset> {
  /** Rows between two dates, both inclusive. */
  range<const F extends FieldName<D> = FieldName<D>>(
    input?: RangeInput<D, F>,
    options?: CallOptions,
  ): Promise<FrameOf<D, F>>
  /** The rows of one date; with `lookback` each symbol's last row on or before it. */
  at<const F extends FieldName<D> = FieldName<D>>(input: AtInput<D, F>, options?: CallOptions): Promise<FrameOf<D, F>>
  /** The rows of the last `n` dates of each symbol, 1 by default. */
  latest<const F extends FieldName<D> = FieldName<D>>(
    input?: LatestInput<D, F>,
    options?: CallOptions,
  ): Promise<FrameOf<D, F>>
  /**
   * The rows of `range` batch by batch, in bounded memory: up to 65,536 rows each. `break` ends the query in the
   * database. The loop throws when the rows did not all come. The last batch may have no rows; its `meta` tells of the
   * whole answer (`complete`, `coverage`, `missingFactor`).
   */
  stream<const F extends FieldName<D> = FieldName<D>>(
    input?: RangeInput<D, F>,
    options?: CallOptions,
  ): AsyncGenerator<FrameOf<D, F>, void, undefined>
}

/** Questions to a dataset without a date. Frames are ordered by key. */
export interface ListClient<D extends Dataset> {
  /** Rows whose fields equal the filters of `where`; all rows without any. */
  list<const F extends FieldName<D> = FieldName<D>>(
    input?: ListInput<D, F>,
    options?: CallOptions,
  ): Promise<FrameOf<D, F>>
}

/** What was known, or held, on a date. */
export interface AsOfClient<D extends Dataset> {
  /**
   * Statements: the newest periods that were known on the date, one row a symbol and period, the newest period first
   * within a symbol; a restated period in the version announced last by then. Announcements of the date itself do not
   * count without `sameDay`. A row without any date of announcement was never known and is left out.
   *
   * Sets that are published now and then (`index_weight`): all rows of each symbol's last date on or before the date.
   *
   * Rows that hold for a time (`index_member_all`, `namechange`): those that hold on the date, by key; it is their first
   * and last day that counts, not the day on which a change was announced. Their end (`end_date`, `out_date`) and what is
   * so today (`name`, `is_new`) were not known on the date and are null; `list` has them.
   *
   * `meta` tells the date and the rule in words.
   */
  asOf<const F extends FieldName<D> = FieldName<D>>(
    input: AsOfInput<D, F>,
    options?: CallOptions,
  ): Promise<Frame<Pick<D['fields'], F | AsOfKeyFieldName<D>>>>
}

/** One row a symbol and trading day, laid out as dates × symbols. */
export interface PanelClient<D extends Dataset> {
  /**
   * Numeric fields as dates × symbols, with the trading days of the calendar as rows: two panels of one range have the same
   * shape. A day on which a symbol has no row, because it was suspended, not yet or no longer listed, is NaN, never zero;
   * `fill: 'previous'` puts the values of its last row there. At most 50,000,000 numbers.
   *
   * Throws an `OutOfCalendarError` where the trading calendar does not reach.
   */
  panel<const F extends PanelField<D>>(input: PanelInput<D, F>, options?: CallOptions): Promise<Panels<F>>
}

export type DatasetClient<D extends Dataset> = (D extends Dated ? DatedClient<D> : ListClient<D>) &
  IfPanelled<D, PanelClient<D>> &
  (D extends Known ? AsOfClient<D> : unknown)

/** The client of one dataset, with the procedures that the server names. */
export function datasetClient(caller: Caller, name: string, procedures: readonly string[]): object {
  const call = (procedure: string) => (input?: unknown, options?: CallOptions) =>
    caller.frame(`${name}.${procedure}`, input ?? {}, options)
  const methods: Record<string, unknown> = Object.fromEntries(
    procedures.map((procedure) => [procedure, call(procedure)]),
  )
  if (procedures.includes('range')) {
    methods.stream = (input?: unknown, options?: CallOptions) => caller.stream(`${name}.range`, input ?? {}, options)
  }
  if (procedures.includes('panel')) {
    methods.panel = async (input: { readonly fields: readonly string[] }, options?: CallOptions) =>
      makePanels(await caller.frame<Fields>(`${name}.panel`, input, options), [...new Set(input.fields)])
  }
  return methods
}
