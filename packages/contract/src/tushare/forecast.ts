import { defineDataset } from '../dataset.ts'
import { date, float64, symbol, text } from '../fields.ts'
import { percent } from './money-fields.ts'

const tenThousands = (description: string) => float64(description, { unit: '10,000 CNY' })

export const forecast = defineDataset({
  name: 'forecast',
  description: 'Profit forecasts published by companies, including superseded ones',
  fields: {
    ts_code: symbol.required('Code of the stock with its exchange, such as 600519.SH'),
    ann_date: date('Day of the announcement'),
    end_date: date.required('Last day of the period'),
    type: text('Kind of forecast: 预增, 预减, 扭亏, 首亏, 续亏, 续盈, 略增, 略减', { length: 16 }),
    p_change_min: percent('Least change of net profit'),
    p_change_max: percent('Greatest change of net profit'),
    net_profit_min: tenThousands('Least net profit'),
    net_profit_max: tenThousands('Greatest net profit'),
    last_parent_net: tenThousands('Net profit of the parent company in the same period a year before'),
    first_ann_date: date('Day of the first announcement for this period'),
    summary: text('The forecast in words', { length: 4_000 }),
    change_reason: text('Reason for the change of profit', { length: 8_000 }),
  },
  key: ['ts_code', 'end_date', 'ann_date', 'type'],
  symbol: 'ts_code',
  symbols: 'stock_basic',
  date: 'end_date',
  pointInTime: { kind: 'announced', period: 'end_date', announced: 'ann_date' },
})
