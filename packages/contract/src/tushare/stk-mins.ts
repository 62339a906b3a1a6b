import { defineDataset } from '../dataset.ts'
import { datetime, float64, symbol } from '../fields.ts'
import { listedStocks } from './listed-stocks.ts'

export const stkMins = defineDataset({
  name: 'stk_mins',
  description: 'Minute bars of stocks, unadjusted; volume in shares and value in CNY, unlike daily',
  fields: {
    ts_code: symbol.required('Code of the stock with its exchange, such as 600519.SH'),
    freq: symbol.required('Length of the bar: 1min, 5min, 15min, 30min, 60min'),
    trade_time: datetime.required('End of the bar, China time'),
    open: float64('Opening price', { unit: 'CNY' }),
    close: float64('Closing price', { unit: 'CNY' }),
    high: float64('Highest price', { unit: 'CNY' }),
    low: float64('Lowest price', { unit: 'CNY' }),
    vol: float64('Volume traded', { unit: 'shares' }),
    amount: float64('Value traded', { unit: 'CNY' }),
  },
  key: ['ts_code', 'freq', 'trade_time'],
  symbol: 'ts_code',
  symbols: 'stock_basic',
  date: 'trade_time',
  calendar: 'SSE',
  listing: listedStocks,
  bars: {
    first: ['open'],
    max: ['high'],
    min: ['low'],
    last: ['close'],
    sum: ['vol', 'amount'],
    minutes: {
      frequency: 'freq',
      sessions: [
        ['09:30', '11:30'],
        ['13:00', '15:00'],
      ],
      label: 'end',
    },
  },
})
