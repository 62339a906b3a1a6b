import { defineDataset } from '../dataset.ts'
import { date, symbol, text } from '../fields.ts'

export const disclosureDate = defineDataset({
  name: 'disclosure_date',
  description: 'Planned and actual publication dates of periodic reports',
  fields: {
    ts_code: symbol.required('Code of the stock with its exchange, such as 600519.SH'),
    ann_date: date('Day on which the plan was last announced'),
    end_date: date.required('Last day of the period'),
    pre_date: date('Planned day of publication'),
    actual_date: date('Day of publication; null until then'),
    modify_date: text('Former plans'),
  },
  key: ['ts_code', 'end_date'],
  symbol: 'ts_code',
  symbols: 'stock_basic',
  date: 'end_date',
  // A row is overwritten when the plan changes: the earlier plan is lost.
  pointInTime: { kind: 'current', immutable: ['ts_code', 'end_date'] },
})
