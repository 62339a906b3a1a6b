import { cny } from '../money-fields.ts'

/** Profit, and its attribution. */
export const profitFields = {
  operate_profit: cny('Operating profit'),
  non_oper_income: cny('Non-operating income'),
  non_oper_exp: cny('Non-operating expense'),
  nca_disploss: cny('Loss from disposal of non-current assets, net'),
  total_profit: cny('Profit before income tax'),
  income_tax: cny('Income tax'),
  n_income: cny('Net profit, minority interest included'),
  n_income_attr_p: cny('Net profit of the shareholders of the parent company'),
  minority_gain: cny('Net profit of minority shareholders'),
  oth_compr_income: cny('Other comprehensive income'),
  t_compr_income: cny('Total comprehensive income'),
  compr_inc_attr_p: cny('Comprehensive income of the shareholders of the parent company'),
  compr_inc_attr_m_s: cny('Comprehensive income of minority shareholders'),
  ebit: cny('Earnings before interest and tax'),
  ebitda: cny('Earnings before interest, tax, depreciation and amortization'),
  continued_net_profit: cny('Net profit of continuing operations'),
  end_net_profit: cny('Net profit of discontinued operations'),
  net_after_nr_lp_correct: cny('Net profit without non-recurring items, before correction'),
}
