import { cny } from '../money-fields.ts'

/** Non-current liabilities. */
export const longLiabilityFields = {
  lt_borr: cny('Long-term borrowings'),
  bond_payable: cny('Bonds payable'),
  lt_payable: cny('Long-term payables'),
  specific_payables: cny('Special payables'),
  estimated_liab: cny('Provisions'),
  defer_tax_liab: cny('Deferred tax liabilities'),
  defer_inc_non_cur_liab: cny('Deferred income, non-current'),
  oth_ncl: cny('Other non-current liabilities'),
  total_ncl: cny('Non-current liabilities'),
  lt_payroll_payable: cny('Long-term payroll payable'),
  long_pay_total: cny('Long-term payables, special ones included'),
  lease_liab: cny('Lease liabilities'),
  total_liab: cny('Total liabilities'),
}
