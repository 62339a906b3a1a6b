import { cny, cnyPerShare, percent } from '../money-fields.ts'

/** Figures of the last quarter of the period only. */
export const quarterFields = {
  q_opincome: cny('Net income from operations, of the quarter'),
  q_investincome: cny('Net income from changes of value, of the quarter'),
  q_dtprofit: cny('Net profit without non-recurring items, of the quarter'),
  q_eps: cnyPerShare('Earnings of the quarter'),
  q_netprofit_margin: percent('Net profit ÷ revenue, of the quarter'),
  q_gsprofit_margin: percent('Gross profit ÷ revenue, of the quarter'),
  q_exp_to_sales: percent('Selling, administrative and financial expense ÷ revenue, of the quarter'),
  q_profit_to_gr: percent('Net profit ÷ total revenue, of the quarter'),
  q_saleexp_to_gr: percent('Selling expense ÷ total revenue, of the quarter'),
  q_adminexp_to_gr: percent('Administrative expense ÷ total revenue, of the quarter'),
  q_finaexp_to_gr: percent('Financial expense ÷ total revenue, of the quarter'),
  q_impair_to_gr_ttm: percent('Impairment ÷ total revenue, of the quarter'),
  q_gc_to_gr: percent('Total operating cost ÷ total revenue, of the quarter'),
  q_op_to_gr: percent('Operating profit ÷ total revenue, of the quarter'),
  q_roe: percent('Return on equity, of the quarter'),
  q_dt_roe: percent('Return on equity without non-recurring items, of the quarter'),
  q_npta: percent('Net profit ÷ average assets, of the quarter'),
  q_opincome_to_ebt: percent('Net income from operations ÷ profit before tax, of the quarter'),
  q_investincome_to_ebt: percent('Net income from changes of value ÷ profit before tax, of the quarter'),
  q_dtprofit_to_profit: percent('Net profit without non-recurring items ÷ net profit, of the quarter'),
  q_salescash_to_or: percent('Cash from sales ÷ revenue, of the quarter'),
  q_ocf_to_sales: percent('Net cash flow from operations ÷ revenue, of the quarter'),
  q_ocf_to_or: percent('Net cash flow from operations ÷ net income from operations, of the quarter'),
}
