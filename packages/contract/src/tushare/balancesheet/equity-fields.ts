import { float64 } from '../../fields.ts'
import { cny } from '../money-fields.ts'

/** Equity. */
export const equityFields = {
  total_share: float64('Shares issued at the end of the period', { unit: 'shares' }),
  cap_rese: cny('Capital reserve'),
  undistr_porfit: cny('Undistributed profit'),
  surplus_rese: cny('Surplus reserve'),
  special_rese: cny('Special reserve'),
  treasury_share: cny('Treasury shares, a deduction'),
  ordin_risk_reser: cny('General risk reserve'),
  forex_differ: cny('Translation differences of foreign currency statements'),
  invest_loss_unconf: cny('Unrecognized investment losses'),
  minority_int: cny('Minority interest'),
  total_hldr_eqy_exc_min_int: cny('Equity of the shareholders of the parent company'),
  total_hldr_eqy_inc_min_int: cny('Equity, minority interest included'),
  total_liab_hldr_eqy: cny('Liabilities and equity'),
  oth_comp_income: cny('Other comprehensive income, cumulative'),
  oth_eqt_tools: cny('Other equity instruments'),
  oth_eqt_tools_p_shr: cny('Preferred shares among other equity instruments'),
  oth_eq_ppbond: cny('Perpetual bonds among other equity instruments'),
}
