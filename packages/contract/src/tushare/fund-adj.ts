import { defineDataset } from '../dataset.ts'
import { float64 } from '../fields.ts'
import { securityDay } from './bar-fields.ts'

export const fundAdj = defineDataset({
  name: 'fund_adj',
  description: 'Factors that carry splits and distributions of exchange-traded funds into prices',
  fields: {
    ...securityDay,
    adj_factor: float64('Cumulated factor: raw price × factor is the price adjusted backward', { unit: 'ratio' }),
  },
  key: ['ts_code', 'trade_date'],
  symbol: 'ts_code',
  date: 'trade_date',
  calendar: 'SSE',
})
