import { defineDataset } from '../dataset.ts'
import { date, symbol, text } from '../fields.ts'
import { listedStocks } from './listed-stocks.ts'

export const namechange = defineDataset({
  name: 'namechange',
  description: 'Names that stocks have had, with their days; ST in a name tells of special treatment',
  fields: {
    ts_code: symbol.required('Code of the stock with its exchange, such as 600519.SH'),
    name: text.required('Short name in those days', { length: 64 }),
    start_date: date.required('First day of the name'),
    end_date: date('Last day of the name; null while it is borne'),
    ann_date: date('Day of the announcement'),
    change_reason: text('Why the name changed: 改名, ST, 撤销ST, …', { length: 64 }),
  },
  key: ['ts_code', 'start_date', 'name'],
  symbol: 'ts_code',
  symbols: 'stock_basic',
  listing: listedStocks,
  pointInTime: { kind: 'interval', from: 'start_date', to: 'end_date', endInclusive: true },
})
