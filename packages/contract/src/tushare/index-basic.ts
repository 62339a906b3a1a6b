import { defineDataset } from '../dataset.ts'
import { date, float64, symbol, text } from '../fields.ts'

export const indexBasic = defineDataset({
  name: 'index_basic',
  description: 'Indices with publisher, first publication and weighting',
  fields: {
    ts_code: symbol.required('Code of the index with its publisher, such as 000300.SH'),
    name: text('Short name', { length: 128 }),
    fullname: text('Full name'),
    market: text('Exchange or publisher: SSE, SZSE, CSI, SW, MSCI, CICC, OTH', { length: 16 }),
    publisher: text('Publisher', { length: 128 }),
    index_type: text('Style of the index', { length: 64 }),
    category: text('Category, such as 规模指数', { length: 64 }),
    base_date: date('Day on which the index had the level base_point'),
    base_point: float64('Level on base_date', { unit: 'points' }),
    list_date: date('Day of the first publication'),
    weight_rule: text('How constituents are weighted'),
    desc: text('Description', { length: 4_000 }),
    exp_date: date('Last day; null while published'),
  },
  key: ['ts_code'],
  symbol: 'ts_code',
  pointInTime: { kind: 'current', immutable: ['ts_code', 'base_date', 'base_point', 'list_date'] },
})
