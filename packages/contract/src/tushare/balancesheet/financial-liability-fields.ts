import { cny } from '../money-fields.ts'

/** Liabilities of banks, insurers and brokers. */
export const financialLiabilityFields = {
  cb_borr: cny('Borrowed from the central bank'),
  depos_ib_deposits: cny('Deposits of customers and banks'),
  loan_oth_bank: cny('Borrowed from banks and other financial institutions'),
  payable_to_reinsurer: cny('Payable to reinsurers'),
  rsrv_insur_cont: cny('Insurance contract reserves'),
  acting_trading_sec: cny('Clients’ money for trading securities'),
  acting_uw_sec: cny('Money from underwriting securities'),
  depos_oth_bfi: cny('Deposits of banks and other financial institutions'),
  deriv_liab: cny('Derivative liabilities'),
  depos: cny('Deposits of customers'),
  agency_bus_liab: cny('Liabilities of agency business'),
  oth_liab: cny('Other liabilities'),
  prem_receiv_adva: cny('Premiums received in advance'),
  depos_received: cny('Guarantee deposits received'),
  ph_invest: cny('Deposits and investments of policyholders'),
  reser_une_prem: cny('Reserve for unearned premiums'),
  reser_outstd_claims: cny('Reserve for outstanding claims'),
  reser_lins_liab: cny('Life insurance reserves'),
  reser_lthins_liab: cny('Long-term health insurance reserves'),
  indept_acc_liab: cny('Liabilities of separate accounts'),
  pledge_borr: cny('Borrowings against pledges'),
  indem_payable: cny('Claims payable'),
  policy_div_payable: cny('Dividends payable to policyholders'),
}
