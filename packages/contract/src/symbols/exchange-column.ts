import type { Notation } from './notations.ts'

/**
 * The column with the exchange of a code that stands alone in its own column, as in vnpy's tables. The symbol is the code, a point and
 * the exchange.
 *
 * @example
 * ```ts
 * import { type ExchangeColumn, symbol } from '@stockdb/contract'
 * const exchange: ExchangeColumn = { column: 'exchange', notation: 'vnpy' }
 * const code = symbol.required('Code', { exchange }) // 600519 and SSE are 600519.SH, rb2410 and SHFE are rb2410.SHFE
 * ```
 */
export interface ExchangeColumn {
  /** The name of the column in the database; it holds texts. */
  readonly column: string
  /**
   * How the column writes the exchanges of mainland China's stocks, which become `SH`, `SZ` and `BJ`: vnpy writes `SSE`, `SZSE` and
   * `BSE`. Other exchanges stay as they are.
   */
  readonly notation: Notation
}
