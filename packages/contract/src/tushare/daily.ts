import { defineDataset } from '../dataset.ts'
import { bar, securityDay } from './bar-fields.ts'

export const daily = defineDataset({
  name: 'daily',
  description: 'Daily bars of stocks, unadjusted; no row while a stock is suspended',
  fields: { ...securityDay, ...bar('CNY') },
  key: ['ts_code', 'trade_date'],
  symbol: 'ts_code',
  date: 'trade_date',
  adjustment: {
    dataset: 'adj_factor',
    factor: 'adj_factor',
    prices: ['open', 'high', 'low', 'close', 'pre_close'],
    change: 'change',
    percentChange: 'pct_chg',
    close: 'close',
    previousClose: 'pre_close',
  },
})
