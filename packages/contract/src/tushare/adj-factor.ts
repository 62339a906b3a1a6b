import { defineDataset } from '../dataset.ts'
import { float64 } from '../fields.ts'
import { securityDay } from './bar-fields.ts'
import { listedStocks } from './listed-stocks.ts'

export const adjFactor = defineDataset({
  name: 'adj_factor',
  description: 'Factors that carry splits and dividends into prices; there are factors for more days than bars',
  fields: {
    ...securityDay,
    adj_factor: float64('Cumulated factor: raw price × factor is the price adjusted backward', { unit: 'ratio' }),
  },
  key: ['ts_code', 'trade_date'],
  symbol: 'ts_code',
  symbols: 'stock_basic',
  date: 'trade_date',
  calendar: 'SSE',
  listing: listedStocks,
})
