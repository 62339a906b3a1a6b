import type { Dataset, FieldName } from '@stockdb/contract'
import type { InstrumentListInput, InstrumentSearchInput, instrumentFields, TimelessName } from '@stockdb/contract/wire'
import type { CallOptions } from './call/deadline.ts'
import type { Frame } from './frame/frame.ts'

type ListFields = (typeof instrumentFields)['list']
type SearchFields = (typeof instrumentFields)['search']
type SymbolName<D extends Dataset> = D extends { readonly symbol: infer S } ? S & keyof D['fields'] : never

/** Stocks by the date: which there were, and under which names. `D` is the catalogue's `stock_basic`. */
export interface InstrumentsClient<D extends Dataset> {
  /**
   * Who was listed on a date, or is today, by code: list_date on or before it, delist_date null or after it. Companies that were
   * delisted or paused since are among them; a stock without a list_date is left out.
   *
   * `name` and `is_st` (the name has ST in it) are those of the date where `namechange` has a row that holds on it, else
   * today's: `name_source` says which. `fields` other than those that never change are as they are today.
   */
  list<const F extends FieldName<D> = TimelessName<D>>(
    input?: InstrumentListInput<D, F>,
    options?: CallOptions,
  ): Promise<Frame<Omit<Pick<D['fields'], F | SymbolName<D>>, keyof ListFields> & ListFields>>
  /**
   * Stocks whose code, pinyin, name or former name begins with a text: what equals it first, then by code, pinyin, name,
   * former name; `match` says which. Codes and pinyin are compared without case. Without `asOf` all stocks ever listed,
   * under the names of today.
   */
  search(input: InstrumentSearchInput, options?: CallOptions): Promise<Frame<SearchFields>>
}
