import { cny } from '../money-fields.ts'

/** Current liabilities. */
export const currentLiabilityFields = {
  st_borr: cny('Short-term borrowings'),
  trading_fl: cny('Financial liabilities held for trading'),
  notes_payable: cny('Notes payable'),
  acct_payable: cny('Accounts payable'),
  adv_receipts: cny('Advances from customers'),
  sold_for_repur_fa: cny('Financial assets sold under agreements to repurchase'),
  comm_payable: cny('Fees and commissions payable'),
  payroll_payable: cny('Payroll payable'),
  taxes_payable: cny('Taxes payable'),
  int_payable: cny('Interest payable'),
  div_payable: cny('Dividends payable'),
  oth_payable: cny('Other payables'),
  acc_exp: cny('Accrued expenses'),
  deferred_inc: cny('Deferred income'),
  st_bonds_payable: cny('Short-term bonds payable'),
  non_cur_liab_due_1y: cny('Non-current liabilities due within a year'),
  oth_cur_liab: cny('Other current liabilities'),
  total_cur_liab: cny('Current liabilities'),
  st_fin_payable: cny('Short-term financing payable'),
  payables: cny('Payables'),
  hfs_sales: cny('Liabilities held for sale'),
  oth_pay_total: cny('Other payables, interest and dividends included'),
  contract_liab: cny('Contract liabilities'),
  accounts_pay: cny('Notes and accounts payable'),
}
