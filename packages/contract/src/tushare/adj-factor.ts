import { defineDataset } from '../dataset.ts'
import { float64 } from '../fields.ts'
import { securityDay } from './bar-fields.ts'
import { listedStocks } from './listed-stocks.ts'

export const adjFactor = defineDataset({
  name: 'adj_factor',
  description: 'Adjustment factors for splits and dividends of stocks, also for days without bars',
  fields: {
    ...securityDay,
    adj_factor: float64('Cumulative factor: raw price × factor is the backward-adjusted price', { unit: 'ratio' }),
  },
  key: ['ts_code', 'trade_date'],
  symbol: 'ts_code',
  symbols: 'stock_basic',
  date: 'trade_date',
  calendar: 'SSE',
  checks: [{ field: 'adj_factor', above: 0 }],
  listing: listedStocks,
})
