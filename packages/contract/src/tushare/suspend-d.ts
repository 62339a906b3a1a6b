import { defineDataset } from '../dataset.ts'
import { text } from '../fields.ts'
import { securityDay } from './bar-fields.ts'

export const suspendD = defineDataset({
  name: 'suspend_d',
  description: 'Suspensions and resumptions of trading, one row per stock and day',
  fields: {
    ...securityDay,
    suspend_timing: text('Hours of a suspension within the day, such as 09:30-10:00; null for the whole day', {
      length: 64,
    }),
    suspend_type: text('S suspended, R resumed', { length: 4 }),
  },
  // A stock may be suspended several times a day, and resume on the day of a suspension.
  key: ['ts_code', 'trade_date', 'suspend_type', 'suspend_timing'],
  symbol: 'ts_code',
  symbols: 'stock_basic',
  date: 'trade_date',
})
