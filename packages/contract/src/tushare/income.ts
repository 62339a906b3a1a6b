import { defineDataset } from '../dataset.ts'
import { costFields } from './income/cost-fields.ts'
import { distributionFields } from './income/distribution-fields.ts'
import { profitFields } from './income/profit-fields.ts'
import { revenueFields } from './income/revenue-fields.ts'
import { listedStocks } from './listed-stocks.ts'
import { statementHead, statementKey, statementRule, statementTail } from './statement-fields.ts'

export const income = defineDataset({
  name: 'income',
  description: 'Income statements, cumulated from the beginning of the year unless report_type says otherwise',
  fields: {
    ...statementHead,
    ...revenueFields,
    ...costFields,
    ...profitFields,
    ...distributionFields,
    ...statementTail,
  },
  key: statementKey,
  symbol: 'ts_code',
  symbols: 'stock_basic',
  date: 'end_date',
  listing: listedStocks,
  pointInTime: statementRule,
})
