import { defineDataset } from '../dataset.ts'
import { bar, securityDay } from './bar-fields.ts'
import { adjustedBy, barChecks, dayBars } from './bar-rules.ts'

export const fundDaily = defineDataset({
  name: 'fund_daily',
  description: 'Daily bars of funds traded on an exchange, unadjusted',
  fields: { ...securityDay, ...bar('CNY') },
  key: ['ts_code', 'trade_date'],
  symbol: 'ts_code',
  date: 'trade_date',
  calendar: 'SSE',
  adjustment: adjustedBy('fund_adj'),
  bars: dayBars,
  checks: barChecks,
})
