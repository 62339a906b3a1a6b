import { float64 } from '../../fields.ts'
import { ratio } from '../money-fields.ts'

const days = (description: string) => float64(description, { unit: 'days' })
const times = (description: string) => float64(description, { unit: 'times a period' })

/** Liquidity and turnover. */
export const liquidityFields = {
  current_ratio: ratio('Current assets ÷ current liabilities'),
  quick_ratio: ratio('Current assets without inventories ÷ current liabilities'),
  cash_ratio: ratio('Cash, trading assets and receivables ÷ current liabilities'),
  invturn_days: days('Days in which inventories turn over'),
  arturn_days: days('Days in which receivables turn over'),
  inv_turn: times('Turnover of inventories'),
  ar_turn: times('Turnover of receivables'),
  ca_turn: times('Turnover of current assets'),
  fa_turn: times('Turnover of fixed assets'),
  assets_turn: times('Turnover of total assets'),
  total_fa_trun: times('Turnover of fixed assets, those in disposal included'),
  turn_days: days('Operating cycle: days of inventories and of receivables'),
}
