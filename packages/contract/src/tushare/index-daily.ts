import { defineDataset } from '../dataset.ts'
import { bar, securityDay } from './bar-fields.ts'
import { barChecks, dayBars } from './bar-rules.ts'

export const indexDaily = defineDataset({
  name: 'index_daily',
  description: 'Daily bars of indices',
  fields: { ...securityDay, ...bar('points') },
  key: ['ts_code', 'trade_date'],
  symbol: 'ts_code',
  symbols: 'index_basic',
  date: 'trade_date',
  calendar: 'SSE',
  bars: dayBars,
  checks: barChecks,
})
