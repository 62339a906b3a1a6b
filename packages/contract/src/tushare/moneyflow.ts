import { defineDataset } from '../dataset.ts'
import { float64 } from '../fields.ts'
import { securityDay } from './bar-fields.ts'
import { listedStocks } from './listed-stocks.ts'

const volume = (description: string) => float64(description, { unit: 'lots of 100 shares' })
const amount = (description: string) => float64(description, { unit: '10,000 CNY' })

export const moneyflow = defineDataset({
  name: 'moneyflow',
  description: 'Trades of stocks by the size of the active order: below 50,000, 200,000, 1,000,000 CNY and above',
  fields: {
    ...securityDay,
    buy_sm_vol: volume('Bought by small orders'),
    buy_sm_amount: amount('Bought by small orders, value'),
    sell_sm_vol: volume('Sold by small orders'),
    sell_sm_amount: amount('Sold by small orders, value'),
    buy_md_vol: volume('Bought by medium orders'),
    buy_md_amount: amount('Bought by medium orders, value'),
    sell_md_vol: volume('Sold by medium orders'),
    sell_md_amount: amount('Sold by medium orders, value'),
    buy_lg_vol: volume('Bought by large orders'),
    buy_lg_amount: amount('Bought by large orders, value'),
    sell_lg_vol: volume('Sold by large orders'),
    sell_lg_amount: amount('Sold by large orders, value'),
    buy_elg_vol: volume('Bought by extra large orders'),
    buy_elg_amount: amount('Bought by extra large orders, value'),
    sell_elg_vol: volume('Sold by extra large orders'),
    sell_elg_amount: amount('Sold by extra large orders, value'),
    net_mf_vol: volume('Net inflow'),
    net_mf_amount: amount('Net inflow, value'),
  },
  key: ['ts_code', 'trade_date'],
  symbol: 'ts_code',
  symbols: 'stock_basic',
  date: 'trade_date',
  calendar: 'SSE',
  listing: listedStocks,
})
