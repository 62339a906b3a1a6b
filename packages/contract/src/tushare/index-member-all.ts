import { defineDataset } from '../dataset.ts'
import { date, symbol, text } from '../fields.ts'
import { listedStocks } from './listed-stocks.ts'

const name = { length: 64 }

export const indexMemberAll = defineDataset({
  name: 'index_member_all',
  description: 'Industries of the Shenwan classification with current and past members',
  fields: {
    l1_code: symbol.required('Code of the industry of the first level'),
    l1_name: text('Industry of the first level', name),
    l2_code: symbol.required('Code of the industry of the second level'),
    l2_name: text('Industry of the second level', name),
    l3_code: symbol.required('Code of the industry of the third level'),
    l3_name: text('Industry of the third level', name),
    ts_code: symbol.required('Code of the member with its exchange, such as 600519.SH'),
    name: text('Short name of the member', name),
    in_date: date.required('First day in the industry'),
    out_date: date('First day after membership; null while a member'),
    is_new: text('Y for the current industry, N for a past one', { length: 4 }),
  },
  key: ['ts_code', 'l3_code', 'in_date'],
  symbol: 'ts_code',
  symbols: 'stock_basic',
  listing: listedStocks,
  pointInTime: {
    kind: 'interval',
    from: 'in_date',
    to: 'out_date',
    endInclusive: false,
    currentOnly: ['name', 'is_new'],
    instead: { name: 'namechange.name' },
  },
})
