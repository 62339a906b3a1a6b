import { cny } from '../money-fields.ts'

/** Assets of banks, insurers and brokers. */
export const financialAssetFields = {
  cash_reser_cb: cny('Cash and deposits at the central bank'),
  depos_in_oth_bfi: cny('Deposits at banks and other financial institutions'),
  prec_metals: cny('Precious metals'),
  deriv_assets: cny('Derivative assets'),
  rr_reins_une_prem: cny('Reinsurers’ share of unearned premiums'),
  rr_reins_outstd_cla: cny('Reinsurers’ share of outstanding claims'),
  rr_reins_lins_liab: cny('Reinsurers’ share of life insurance reserves'),
  rr_reins_lthins_liab: cny('Reinsurers’ share of long-term health insurance reserves'),
  refund_depos: cny('Refundable deposits'),
  ph_pledge_loans: cny('Loans to policyholders against their policies'),
  refund_cap_depos: cny('Refundable capital deposits'),
  indep_acct_assets: cny('Assets of separate accounts'),
  client_depos: cny('Deposits of clients'),
  client_prov: cny('Settlement reserves of clients'),
  transac_seat_fee: cny('Fees for trading seats'),
  invest_as_receiv: cny('Investments classified as receivables'),
  lending_funds: cny('Lent to clients for margin trading'),
}
