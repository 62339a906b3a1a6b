import { cny } from '../money-fields.ts'

/** Amounts that are not in the statements themselves. */
export const amountFields = {
  extra_item: cny('Non-recurring profit and loss'),
  profit_dedt: cny('Net profit without non-recurring items'),
  gross_margin: cny('Gross profit'),
  op_income: cny('Net income from operations'),
  valuechange_income: cny('Net income from changes of value'),
  interst_income: cny('Interest expense'),
  daa: cny('Depreciation and amortization'),
  ebit: cny('Earnings before interest and tax'),
  ebitda: cny('Earnings before interest, tax, depreciation and amortization'),
  fcff: cny('Free cash flow of the firm'),
  fcfe: cny('Free cash flow of the shareholders'),
  current_exint: cny('Current liabilities that bear no interest'),
  noncurrent_exint: cny('Non-current liabilities that bear no interest'),
  interestdebt: cny('Debt that bears interest'),
  netdebt: cny('Debt that bears interest, less cash'),
  tangible_asset: cny('Tangible assets'),
  working_capital: cny('Current assets less current liabilities'),
  networking_capital: cny('Current assets less cash and current liabilities without interest'),
  invest_capital: cny('Invested capital'),
  retained_earnings: cny('Retained earnings'),
  fixed_assets: cny('Fixed assets'),
  profit_prefin_exp: cny('Operating profit before financial expense'),
  non_op_profit: cny('Non-operating profit'),
  rd_exp: cny('Research and development expense'),
}
