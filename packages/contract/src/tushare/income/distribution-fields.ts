import { cny } from '../money-fields.ts'

/** Distribution of profit. */
export const distributionFields = {
  undist_profit: cny('Undistributed profit at the beginning of the year'),
  distable_profit: cny('Distributable profit'),
  transfer_surplus_rese: cny('Transferred in from surplus reserves'),
  transfer_housing_imprest: cny('Transferred in from the housing fund'),
  transfer_oth: cny('Other transfers in'),
  adj_lossgain: cny('Adjustment of the profit of former years'),
  withdra_legal_surplus: cny('Appropriated to the statutory surplus reserve'),
  withdra_legal_pubfund: cny('Appropriated to the statutory welfare fund'),
  withdra_biz_devfund: cny('Appropriated to the enterprise development fund'),
  withdra_rese_fund: cny('Appropriated to the reserve fund'),
  withdra_oth_ersu: cny('Appropriated to the discretionary surplus reserve'),
  workers_welfare: cny('Bonuses and welfare of employees'),
  distr_profit_shrhder: cny('Profit distributable to shareholders'),
  prfshare_payable_dvd: cny('Dividends payable on preferred shares'),
  comshare_payable_dvd: cny('Dividends payable on common shares'),
  capit_comstock_div: cny('Dividends on common shares turned into share capital'),
}
