import type { Dataset, FieldName } from '@stockdb/contract'
import type { InstrumentListInput, InstrumentSearchInput, instrumentFields, TimelessName } from '@stockdb/contract/wire'
import type { CallOptions } from './call/deadline.ts'
import type { Caller } from './caller.ts'
import type { CellsOf } from './frame/cells.ts'
import type { Frame } from './frame/frame.ts'

type ListFields = (typeof instrumentFields)['list']
type SearchFields = (typeof instrumentFields)['search']
type SymbolName<D extends Dataset> = D extends { readonly symbol: infer S } ? S & keyof D['fields'] : never

/** Stocks by date: which were listed, and under which names. `D` is the catalogue's `stock_basic`. */
export interface InstrumentsClient<D extends Dataset> {
  /**
   * Lists the stocks that were listed on a date, by code: `list_date` on or before it, `delist_date` null or after it.
   *
   * This includes companies that were delisted or paused later; a stock without a `list_date` is left out. `name` and
   * `is_st` are as of the date if `namechange` covers it, otherwise current: `name_source` says which. Other fields
   * that can change have current values.
   *
   * @param input - `asOf` (today in China by default), `symbols`, `fields`, `limit`
   * @param options - signal and timeout of this call
   * @example
   * ```ts
   * const then = await db.instruments.list({ asOf: '2015-06-12' })
   * const st = then.rows().filter(({ is_st }) => is_st)
   * ```
   */
  list<const F extends FieldName<D> = TimelessName<D>>(
    input?: InstrumentListInput<D, F>,
    options?: CallOptions,
  ): Promise<Frame<CellsOf<Omit<Pick<D['fields'], F | SymbolName<D>>, keyof ListFields> & ListFields>>>
  /**
   * Finds stocks whose code or pinyin begins with a text, or whose name or former name has it.
   *
   * Exact matches come first, then matches of code, pinyin, name, former name; `match` says which. Case does not matter in codes
   * and pinyin. Without `asOf` it searches all stocks ever listed, under the names of today.
   *
   * @param input - `text`, `asOf`, `limit` (20 by default, 1,000 at most)
   * @param options - signal and timeout of this call
   * @example
   * ```ts
   * const found = await db.instruments.search({ text: 'gzmt' })
   * found.columns.ts_code // ['600519.SH']
   * ```
   */
  search(input: InstrumentSearchInput, options?: CallOptions): Promise<Frame<CellsOf<SearchFields>>>
}

export const instrumentCalls = (caller: Caller) => ({
  list: caller.frameCall('instruments.list'),
  search: caller.frameCall('instruments.search'),
})
