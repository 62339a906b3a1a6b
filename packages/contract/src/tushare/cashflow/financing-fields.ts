import { cny } from '../money-fields.ts'

/** Cash flow from financing, and cash at the end of the period. */
export const financingFields = {
  c_recp_borrow: cny('Cash from borrowings'),
  proc_issue_bonds: cny('Cash from bonds issued'),
  oth_cash_recp_ral_fnc_act: cny('Other cash from financing'),
  stot_cash_in_fnc_act: cny('Cash inflow from financing'),
  free_cashflow: cny('Free cash flow of the firm'),
  c_prepay_amt_borr: cny('Repayments of debt'),
  c_pay_dist_dpcp_int_exp: cny('Dividends, profits and interest paid'),
  incl_dvd_profit_paid_sc_ms: cny('Dividends and profits paid by subsidiaries to minority shareholders'),
  oth_cashpay_ral_fnc_act: cny('Other cash paid for financing'),
  stot_cashout_fnc_act: cny('Cash outflow for financing'),
  n_cash_flows_fnc_act: cny('Net cash flow from financing'),
  c_recp_cap_contrib: cny('Cash from capital contributions'),
  incl_cash_rec_saims: cny('Contributions of minority shareholders to subsidiaries'),
  eff_fx_flu_cash: cny('Effect of exchange rates on cash'),
  n_incr_cash_cash_equ: cny('Net increase of cash and cash equivalents'),
  c_cash_equ_beg_period: cny('Cash and cash equivalents at the beginning of the period'),
  c_cash_equ_end_period: cny('Cash and cash equivalents at the end of the period'),
}
