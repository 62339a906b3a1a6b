import { defineDataset } from '../dataset.ts'
import { financingFields } from './cashflow/financing-fields.ts'
import { investingFields } from './cashflow/investing-fields.ts'
import { operatingFields } from './cashflow/operating-fields.ts'
import { supplementFields } from './cashflow/supplement-fields.ts'
import { listedStocks } from './listed-stocks.ts'
import { statementHead, statementKey, statementRule, statementTail } from './statement-fields.ts'

export const cashflow = defineDataset({
  name: 'cashflow',
  description: 'Cash flow statements, cumulative from the beginning of the year, depending on report_type',
  fields: {
    ...statementHead,
    ...operatingFields,
    ...investingFields,
    ...financingFields,
    ...supplementFields,
    ...statementTail,
  },
  key: statementKey,
  symbol: 'ts_code',
  symbols: 'stock_basic',
  date: 'end_date',
  listing: listedStocks,
  pointInTime: statementRule,
})
