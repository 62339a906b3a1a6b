import { cny } from '../money-fields.ts'

/** Cash flow from investing. */
export const investingFields = {
  oth_recp_ral_inv_act: cny('Other cash from investing'),
  c_disp_withdrwl_invest: cny('Cash from investments recovered'),
  c_recp_return_invest: cny('Cash from returns on investments'),
  n_recp_disp_fiolta: cny('Net cash from disposal of fixed, intangible and other long-term assets'),
  n_recp_disp_sobu: cny('Net cash from disposal of subsidiaries and other units'),
  stot_inflows_inv_act: cny('Cash inflow from investing'),
  c_pay_acq_const_fiolta: cny('Cash paid for fixed, intangible and other long-term assets'),
  c_paid_invest: cny('Cash paid for investments'),
  n_disp_subs_oth_biz: cny('Net cash paid for subsidiaries and other units'),
  oth_pay_ral_inv_act: cny('Other cash paid for investing'),
  n_incr_pledge_loan: cny('Net increase of loans against pledges'),
  stot_out_inv_act: cny('Cash outflow for investing'),
  n_cashflow_inv_act: cny('Net cash flow from investing'),
}
