import { type Notation, normalizeSymbol as normalize } from '@stockdb/contract'
import { StockdbError } from '@stockdb/contract/wire'
import { classified } from './errors.ts'

/**
 * Writes a code of mainland China in another notation, Tushare's by default. It takes those of Tushare and Wind
 * (`000001.SZ`), JoinQuant (`000001.XSHE`), baostock (`sz.000001`), akshare (`sz000001`) and vnpy (`000001.SZSE`) in any
 * case.
 *
 * Six digits alone are taken for a stock, whose exchange follows from the first of them: 6 and 9 Shanghai, 0, 2 and 3
 * Shenzhen, 4, 8 and 92 Beijing. Indices and funds are told by no rule: `000001` becomes `000001.SZ`, Ping An Bank, while
 * the SSE Composite Index is `000001.SH`. Name their exchange.
 *
 * Throws an `InvalidInputError` for text that is no such code. Nothing is looked up: a code that nobody has passes.
 *
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
