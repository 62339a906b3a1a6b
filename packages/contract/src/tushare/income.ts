import { defineDataset } from '../dataset.ts'
import { costFields } from './income/cost-fields.ts'
import { distributionFields } from './income/distribution-fields.ts'
import { profitFields } from './income/profit-fields.ts'
import { revenueFields } from './income/revenue-fields.ts'
import { listedStocks } from './listed-stocks.ts'
import { statementHead, statementKey, statementRule, statementTail } from './statement-fields.ts'

export const income = defineDataset({
  name: 'income',
  description: 'Income statements, cumulative from the beginning of the year, depending on report_type',
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
