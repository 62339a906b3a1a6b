import { defineDataset } from '../dataset.ts'
import { date, float64, symbol } from '../fields.ts'

export const indexWeight = defineDataset({
  name: 'index_weight',
  description: 'Constituents of indices and their weights, published about once a month',
  fields: {
    index_code: symbol.required('Code of the index, such as 000300.SH'),
    con_code: symbol.required('Code of the constituent'),
    trade_date: date.required('Trading day of the publication'),
    weight: float64('Weight in the index', { unit: 'percent' }),
  },
  key: ['index_code', 'trade_date', 'con_code'],
  symbol: 'index_code',
  symbols: 'index_basic',
  date: 'trade_date',
  pointInTime: { kind: 'published' },
})
