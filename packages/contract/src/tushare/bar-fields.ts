import { date, float64, symbol } from '../fields.ts'

/** The key of tables with one row per security and trading day. */
export const securityDay = {
  ts_code: symbol.required('Code of the security with its exchange, such as 600519.SH'),
  trade_date: date.required('Trading day'),
}

/** Open, high, low, close, change and volume of one period, as in Tushare's tables of stocks and indices. */
export const bar = (unit: 'CNY' | 'points') => ({
  open: float64('Opening price', { unit }),
  high: float64('Highest price', { unit }),
  low: float64('Lowest price', { unit }),
  close: float64('Closing price', { unit }),
  pre_close: float64('Close of the previous session, adjusted for an ex-right day', { unit }),
  change: float64('close − pre_close', { unit }),
  pct_chg: float64('change ÷ pre_close', { unit: 'percent' }),
  vol: float64('Volume traded', { unit: 'lots of 100 shares' }),
  amount: float64('Value traded', { unit: 'thousand CNY' }),
})

/**
 * Weekly or monthly bars. Tushare computes them separately from daily ones and gives changes as fractions (waditu/tushare
 * #992), volume in shares and value in CNY; copies made before 2019 have lots and thousands (#953).
 */
export const periodBar = (period: 'week' | 'month') => ({
  ...bar('CNY'),
  pre_close: float64(`Close of the previous ${period}`, { unit: 'CNY' }),
  pct_chg: float64('change ÷ pre_close, as a fraction: 0.05 for five percent', { unit: 'ratio' }),
  vol: float64('Volume traded', { unit: 'shares' }),
  amount: float64('Value traded', { unit: 'CNY' }),
})
