import { cnyPerShare } from '../money-fields.ts'

/** Per-share amounts. */
export const perShareFields = {
  eps: cnyPerShare('Basic earnings'),
  dt_eps: cnyPerShare('Diluted earnings'),
  total_revenue_ps: cnyPerShare('Total revenue'),
  revenue_ps: cnyPerShare('Operating revenue'),
  capital_rese_ps: cnyPerShare('Capital reserve'),
  surplus_rese_ps: cnyPerShare('Surplus reserve'),
  undist_profit_ps: cnyPerShare('Undistributed profit'),
  diluted2_eps: cnyPerShare('Earnings on the shares at the end of the period'),
  bps: cnyPerShare('Book value'),
  ocfps: cnyPerShare('Net cash flow from operations'),
  retainedps: cnyPerShare('Retained earnings'),
  cfps: cnyPerShare('Net cash flow'),
  ebit_ps: cnyPerShare('Earnings before interest and tax'),
  fcff_ps: cnyPerShare('Free cash flow of the firm'),
  fcfe_ps: cnyPerShare('Free cash flow of the shareholders'),
}
