import { defineDataset } from '../dataset.ts'
import { date, symbol, text } from '../fields.ts'
import { listedStocks } from './listed-stocks.ts'

export const namechange = defineDataset({
  name: 'namechange',
  description: 'Names of stocks over time; ST in a name means special treatment',
  fields: {
    ts_code: symbol.required('Code of the stock with its exchange, such as 600519.SH'),
    name: text.required('Short name in the period', { length: 64 }),
    start_date: date.required('First day of the name'),
    end_date: date('Last day of the name; null while in use'),
    ann_date: date('Day of the announcement'),
    change_reason: text('Reason for the change: 改名, ST, 撤销ST, …', { length: 64 }),
  },
  key: ['ts_code', 'start_date', 'name'],
  symbol: 'ts_code',
  symbols: 'stock_basic',
  listing: listedStocks,
  pointInTime: { kind: 'interval', from: 'start_date', to: 'end_date', endInclusive: true },
})
