import type { Catalogue, Field } from '@stockdb/contract'
import type { ScreenField, ScreenFieldOf, ScreenInput } from '@stockdb/contract/wire'
import type { CallOptions } from './call/deadline.ts'
import type { CellsOf } from './frame/cells.ts'
import type { Frame } from './frame/frame.ts'

/** The columns of a screen: the code, and the requested fields under their full names. */
export type ScreenFields<C extends Catalogue, F extends ScreenField<C>> = {
  [K in F | 'ts_code']: K extends 'ts_code' ? Field<'symbol', false> : ScreenFieldOf<C, K>
}

/**
 * Finds the stocks that meet conditions on one date, over several datasets.
 *
 * Each dataset is read as known on the date: daily rows on the date itself (with `lookback`, the last row on or before
 * it), data published the next morning (`margin_detail`) from the last day before it, statements by the newest
 * announced period, memberships and names by the row in force. If a dataset has no row for a stock, its fields are
 * null, and null only matches `isNull: true`. `meta.rule` describes how each dataset was read.
 *
 * @param input - `date`, and `where`, `fields`, `sort`, `limit`, `index`, `symbols`; `lookback`, `sameDay`, `report_type`
 * @param options - signal and timeout of this call
 * @throws `NotPointInTimeError` for fields not known as of a past date; it suggests alternatives
 * @example
 * ```ts
 * const cheap = await db.screen({
 *   date: '2024-06-28',
 *   where: { 'daily_basic.pe': { gt: 0, lt: 15 } },
 *   fields: ['daily_basic.pe'],
 * })
 * cheap.columns['daily_basic.pe'] // Float64Array
 * ```
 */
export type Screen<C extends Catalogue> = <const F extends ScreenField<C> = never>(
  input: ScreenInput<C, F>,
  options?: CallOptions,
) => Promise<Frame<CellsOf<ScreenFields<C, F>>>>
