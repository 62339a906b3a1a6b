import { defineDataset } from '../dataset.ts'
import { bar, securityDay } from './bar-fields.ts'
import { adjustedBy, barChecks, dayBars } from './bar-rules.ts'
import { listedStocks } from './listed-stocks.ts'

export const daily = defineDataset({
  name: 'daily',
  description: 'Daily bars of stocks, unadjusted; no row while a stock is suspended',
  fields: { ...securityDay, ...bar('CNY') },
  key: ['ts_code', 'trade_date'],
  symbol: 'ts_code',
  symbols: 'stock_basic',
  date: 'trade_date',
  calendar: 'SSE',
  listing: listedStocks,
  adjustment: adjustedBy('adj_factor'),
  bars: dayBars,
  checks: barChecks,
})
