import { type Notation, normalizeSymbol as normalize } from '@stockdb/contract'
import { StockdbError } from '@stockdb/contract/wire'
import { classified } from './errors.ts'

/**
 * Converts a code of mainland China to another notation.
 *
 * It reads the notations of Tushare and Wind (`000001.SZ`), JoinQuant (`000001.XSHE`), baostock (`sz.000001`), akshare (`sz000001`)
 * and vnpy (`000001.SZSE`), in any case. Six bare digits are a stock: 6 and 9 Shanghai, 0, 2 and 3 Shenzhen, 4, 8 and 92
 * Beijing. Name the exchange of indices and funds: `000001` becomes `000001.SZ`, Ping An Bank, while the SSE Composite Index is
 * `000001.SH`. Nothing is looked up, so codes of no company are accepted.
 *
 * @param text - a code in any of these notations
 * @param options - `to`: the notation to write, `tushare` by default
 * @throws `InvalidInputError` for text that is not such a code
 * @example
 * ```ts
 * normalizeSymbol('600519.XSHG') // '600519.SH'
 * normalizeSymbol('sz000001', { to: 'joinquant' }) // '000001.XSHE'
 * ```
 */
export function normalizeSymbol(text: string, options?: { readonly to?: Notation | undefined }): string {
  try {
    return normalize(text, options)
  } catch (error) {
    throw error instanceof StockdbError ? classified(error) : error
  }
}
