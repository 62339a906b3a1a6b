import type { Notation } from '../symbols/notations.ts'

/**
 * The tables of a dataset that has one per stock, or one per year, month or day.
 *
 * @example
 * ```ts
 * import type { TablesRule } from '@stockdb/contract'
 * const perStock: TablesRule = { pattern: '{symbol}' } // 000001_SZ, sz000001 or SH600000
 * const perYear: TablesRule = { pattern: 'daily_{year}' }
 * const perMonth: TablesRule = { pattern: 'bars_{year}{month}' }
 * ```
 */
export interface TablesRule {
  /**
   * The names of the tables: `{symbol}`, `{year}`, `{month}` and `{day}` stand for what a name says of the rows in it.
   *
   * With `{symbol}` the symbol comes from the name, and not from a column.
   */
  readonly pattern: string
  /**
   * The notation in which codes are written, such as `000001.SZ`; names are read in any. `'as-named'` takes them as they are.
   *
   * @default 'tushare'
   */
  readonly notation?: Notation | 'as-named'
}

/**
 * The columns of a wide table: one row per date, and one column per symbol.
 *
 * @example
 * ```ts
 * import type { WideRule } from '@stockdb/contract'
 * const closes: WideRule = { pattern: '{symbol}', field: 'close' } // columns such as 000001.SZ
 * ```
 */
export interface WideRule {
  /** The names of the columns, in which `{symbol}` stands for the symbol. */
  readonly pattern: string
  /** The field that the columns hold the values of; a cell that is null is no row. */
  readonly field: string
  /**
   * The notation in which codes are written, such as `000001.SZ`; names are read in any. `'as-named'` takes them as they are.
   *
   * @default 'tushare'
   */
  readonly notation?: Notation | 'as-named'
}
