import { defineDataset } from '../dataset.ts'
import { float64, text } from '../fields.ts'
import { securityDay } from './bar-fields.ts'
import { cny } from './money-fields.ts'

const shares = (description: string) => float64(description, { unit: 'shares' })

export const marginDetail = defineDataset({
  name: 'margin_detail',
  description: 'Margin trading and short selling of each security; published on the next morning',
  fields: {
    ...securityDay,
    name: text('Short name', { length: 64 }),
    rzye: cny('Money lent, outstanding'),
    rqye: cny('Shares lent, outstanding, at the closing price'),
    rzmre: cny('Bought with lent money'),
    rqyl: shares('Shares lent, outstanding'),
    rzche: cny('Lent money repaid'),
    rqchl: shares('Lent shares returned'),
    rqmcl: shares('Lent shares sold'),
    rzrqye: cny('Money and shares lent, outstanding'),
  },
  key: ['ts_code', 'trade_date'],
  pointInTime: { kind: 'next-day' },
  symbol: 'ts_code',
  symbols: 'stock_basic',
  date: 'trade_date',
  calendar: 'SSE',
})
