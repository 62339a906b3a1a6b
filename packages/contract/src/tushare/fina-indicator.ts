import { defineDataset } from '../dataset.ts'
import { date, symbol } from '../fields.ts'
import { amountFields } from './fina-indicator/amount-fields.ts'
import { capitalFields } from './fina-indicator/capital-fields.ts'
import { growthFields } from './fina-indicator/growth-fields.ts'
import { liquidityFields } from './fina-indicator/liquidity-fields.ts'
import { perShareFields } from './fina-indicator/per-share-fields.ts'
import { profitabilityFields } from './fina-indicator/profitability-fields.ts'
import { quarterFields } from './fina-indicator/quarter-fields.ts'
import { listedStocks } from './listed-stocks.ts'
import { statementTail } from './statement-fields.ts'

export const finaIndicator = defineDataset({
  name: 'fina_indicator',
  description: 'Ratios and growth computed from the statements; corrected announcements have several rows',
  fields: {
    ts_code: symbol.required('Code of the stock with its exchange, such as 600519.SH'),
    ann_date: date('Day of the announcement'),
    end_date: date.required('Last day of the period'),
    ...perShareFields,
    ...amountFields,
    ...liquidityFields,
    ...profitabilityFields,
    ...capitalFields,
    ...quarterFields,
    ...growthFields,
    ...statementTail,
  },
  key: ['ts_code', 'end_date', 'ann_date', 'update_flag'],
  symbol: 'ts_code',
  symbols: 'stock_basic',
  date: 'end_date',
  listing: listedStocks,
  pointInTime: { kind: 'announced', period: 'end_date', announced: 'ann_date', update: 'update_flag' },
})
