import { defineDataset } from '../dataset.ts'
import { float64 } from '../fields.ts'
import { securityDay } from './bar-fields.ts'
import { listedStocks } from './listed-stocks.ts'

export const stkLimit = defineDataset({
  name: 'stk_limit',
  description: 'Price limits of stocks and funds on a day; known before the opening',
  fields: {
    ...securityDay,
    pre_close: float64('Close of the previous session, adjusted for an ex-right day', { unit: 'CNY' }),
    up_limit: float64('Highest price allowed', { unit: 'CNY' }),
    down_limit: float64('Lowest price allowed', { unit: 'CNY' }),
  },
  key: ['ts_code', 'trade_date'],
  symbol: 'ts_code',
  symbols: 'stock_basic',
  date: 'trade_date',
  calendar: 'SSE',
  listing: listedStocks,
})
