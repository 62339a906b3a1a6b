import { defineDataset } from '../dataset.ts'
import { date, int32, symbol } from '../fields.ts'

export const tradeCal = defineDataset({
  name: 'trade_cal',
  description: 'Trading calendar: every day of each exchange, open or not',
  fields: {
    exchange: symbol.required('Exchange: SSE, SZSE, BSE, …'),
    cal_date: date.required('Calendar day'),
    is_open: int32.required('1 on a trading day, 0 otherwise'),
    pretrade_date: date('The previous trading day'),
  },
  key: ['exchange', 'cal_date'],
  symbol: 'exchange',
  date: 'cal_date',
})
