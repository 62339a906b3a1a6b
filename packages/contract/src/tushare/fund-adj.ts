import { defineDataset } from '../dataset.ts'
import { float64 } from '../fields.ts'
import { securityDay } from './bar-fields.ts'

export const fundAdj = defineDataset({
  name: 'fund_adj',
  description: 'Adjustment factors for splits and distributions of exchange-traded funds',
  fields: {
    ...securityDay,
    adj_factor: float64('Cumulative factor: raw price × factor is the backward-adjusted price', { unit: 'ratio' }),
  },
  key: ['ts_code', 'trade_date'],
  symbol: 'ts_code',
  date: 'trade_date',
  calendar: 'SSE',
  checks: [{ field: 'adj_factor', above: 0 }],
})
