import type { Catalogue, Field } from '@stockdb/contract'
import type { ScreenField, ScreenFieldOf, ScreenInput } from '@stockdb/contract/wire'
import type { CallOptions } from './call/deadline.ts'
import type { Frame } from './frame/frame.ts'

/** The columns of a screen: the code, and the fields asked for under the names that they were asked for by. */
export type ScreenFields<C extends Catalogue, F extends ScreenField<C>> = {
  [K in F | 'ts_code']: K extends 'ts_code' ? Field<'symbol', false> : ScreenFieldOf<C, K>
}

/**
 * The stocks that meet conditions on one date: a cross-section joined over several datasets, each as it could be known
 * on the date. Those with a row a day are taken on the date itself (with `lookback` the last row on or before it),
 * what is published on the next morning (`margin_detail`) of the last day before it that the dataset has,
 * statements by the newest period that had been announced, memberships and names by the row that holds on it. Where a
 * dataset has no row of a stock its fields are null, which no condition but `isNull: true` takes.
 *
 * Throws a `NotPointInTimeError` for what is unknown as of a past date, and says what to use instead. `meta.rule`
 * tells in words what each dataset was taken by.
 */
export type Screen<C extends Catalogue> = <const F extends ScreenField<C> = never>(
  input: ScreenInput<C, F>,
  options?: CallOptions,
) => Promise<Frame<ScreenFields<C, F>>>
