import { defineDataset } from '../dataset.ts'
import { float64, text } from '../fields.ts'
import { securityDay } from './bar-fields.ts'
import { cny } from './money-fields.ts'

const shares = (description: string) => float64(description, { unit: 'shares' })

export const marginDetail = defineDataset({
  name: 'margin_detail',
  description: 'Margin trading and short selling of each security; published the next morning',
  fields: {
    ...securityDay,
    name: text('Short name', { length: 64 }),
    rzye: cny('Outstanding margin loans'),
    rqye: cny('Outstanding lent shares, at the closing price'),
    rzmre: cny('Bought on margin'),
    rqyl: shares('Outstanding lent shares'),
    rzche: cny('Margin loans repaid'),
    rqchl: shares('Lent shares returned'),
    rqmcl: shares('Shares sold short'),
    rzrqye: cny('Outstanding margin loans and lent shares'),
  },
  key: ['ts_code', 'trade_date'],
  pointInTime: { kind: 'next-day' },
  symbol: 'ts_code',
  symbols: 'stock_basic',
  date: 'trade_date',
  calendar: 'SSE',
})
