import { defineDataset } from '../dataset.ts'
import { periodBar, securityDay } from './bar-fields.ts'
import { adjustedBy } from './bar-rules.ts'
import { listedStocks } from './listed-stocks.ts'

export const weekly = defineDataset({
  name: 'weekly',
  description: 'Weekly bars of stocks, unadjusted, dated by the last session of the week',
  fields: { ...securityDay, ...periodBar('week') },
  key: ['ts_code', 'trade_date'],
  symbol: 'ts_code',
  symbols: 'stock_basic',
  date: 'trade_date',
  listing: listedStocks,
  // By the factor of the bar's last day, as Tushare's SDK does: an ex-date within the period is not adjusted.
  adjustment: { ...adjustedBy('adj_factor'), percentScale: 1 },
})
