import { defineDataset } from '../dataset.ts'
import { currentAssetFields } from './balancesheet/current-asset-fields.ts'
import { currentLiabilityFields } from './balancesheet/current-liability-fields.ts'
import { equityFields } from './balancesheet/equity-fields.ts'
import { financialAssetFields } from './balancesheet/financial-asset-fields.ts'
import { financialLiabilityFields } from './balancesheet/financial-liability-fields.ts'
import { fixedAssetFields } from './balancesheet/fixed-asset-fields.ts'
import { longLiabilityFields } from './balancesheet/long-liability-fields.ts'
import { listedStocks } from './listed-stocks.ts'
import { statementHead, statementKey, statementRule, statementTail } from './statement-fields.ts'

export const balancesheet = defineDataset({
  name: 'balancesheet',
  description: 'Balance sheets at the end of each period',
  fields: {
    ...statementHead,
    ...currentAssetFields,
    ...fixedAssetFields,
    ...financialAssetFields,
    ...currentLiabilityFields,
    ...longLiabilityFields,
    ...financialLiabilityFields,
    ...equityFields,
    ...statementTail,
  },
  key: statementKey,
  symbol: 'ts_code',
  symbols: 'stock_basic',
  date: 'end_date',
  listing: listedStocks,
  pointInTime: statementRule,
})
