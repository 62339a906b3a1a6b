import { defineDataset } from '../dataset.ts'
import { float64, text } from '../fields.ts'
import { securityDay } from './bar-fields.ts'
import { cny, percent } from './money-fields.ts'

export const topList = defineDataset({
  name: 'top_list',
  description: 'Stocks whose largest buyers and sellers the exchange disclosed for unusual trading, one row per reason',
  fields: {
    ...securityDay,
    name: text('Short name', { length: 64 }),
    close: float64('Closing price, unadjusted', { unit: 'CNY' }),
    pct_change: percent('Change of the price'),
    turnover_rate: percent('Shares traded ÷ tradable shares'),
    amount: cny('Value traded'),
    l_sell: cny('Sold by those disclosed'),
    l_buy: cny('Bought by those disclosed'),
    l_amount: cny('Traded by those disclosed'),
    net_amount: cny('Bought less sold by those disclosed'),
    net_rate: percent('net_amount ÷ amount'),
    amount_rate: percent('l_amount ÷ amount'),
    float_values: cny('Market value of the tradable shares'),
    reason: text.required('Reason for the disclosure'),
  },
  key: ['ts_code', 'trade_date', 'reason'],
  symbol: 'ts_code',
  symbols: 'stock_basic',
  date: 'trade_date',
})
