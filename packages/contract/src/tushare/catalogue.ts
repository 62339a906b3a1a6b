import { defineCatalogue } from '../dataset.ts'
import { adjFactor } from './adj-factor.ts'
import { balancesheet } from './balancesheet.ts'
import { cashflow } from './cashflow.ts'
import { daily } from './daily.ts'
import { dailyBasic } from './daily-basic.ts'
import { disclosureDate } from './disclosure-date.ts'
import { dividend } from './dividend.ts'
import { express } from './express.ts'
import { finaIndicator } from './fina-indicator.ts'
import { forecast } from './forecast.ts'
import { fundAdj } from './fund-adj.ts'
import { fundDaily } from './fund-daily.ts'
import { income } from './income.ts'
import { indexBasic } from './index-basic.ts'
import { indexDaily } from './index-daily.ts'
import { indexMemberAll } from './index-member-all.ts'
import { indexWeight } from './index-weight.ts'
import { marginDetail } from './margin-detail.ts'
import { moneyflow } from './moneyflow.ts'
import { monthly } from './monthly.ts'
import { namechange } from './namechange.ts'
import { stkLimit } from './stk-limit.ts'
import { stkMins } from './stk-mins.ts'
import { stockBasic } from './stock-basic.ts'
import { suspendD } from './suspend-d.ts'
import { topList } from './top-list.ts'
import { tradeCal } from './trade-cal.ts'
import { weekly } from './weekly.ts'

/**
 * The default catalogue: Tushare's tables, fields and units, verbatim.
 *
 * @example
 * ```ts
 * import { defineCatalogue, tushare } from '@stockdb/contract'
 * const catalogue = defineCatalogue({ ...tushare }) // and your own datasets
 * ```
 */
export const tushare = defineCatalogue({
  stock_basic: stockBasic,
  trade_cal: tradeCal,
  namechange,
  daily,
  weekly,
  monthly,
  stk_mins: stkMins,
  adj_factor: adjFactor,
  daily_basic: dailyBasic,
  stk_limit: stkLimit,
  suspend_d: suspendD,
  moneyflow,
  margin_detail: marginDetail,
  top_list: topList,
  index_basic: indexBasic,
  index_daily: indexDaily,
  index_weight: indexWeight,
  index_member_all: indexMemberAll,
  fund_daily: fundDaily,
  fund_adj: fundAdj,
  income,
  balancesheet,
  cashflow,
  fina_indicator: finaIndicator,
  forecast,
  express,
  dividend,
  disclosure_date: disclosureDate,
})

/** The type of the default catalogue. */
export type Tushare = typeof tushare
