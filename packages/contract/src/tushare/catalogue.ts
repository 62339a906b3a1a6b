import { defineCatalogue } from '../dataset.ts'
import { adjFactor } from './adj-factor.ts'
import { daily } from './daily.ts'
import { dailyBasic } from './daily-basic.ts'
import { indexDaily } from './index-daily.ts'
import { stockBasic } from './stock-basic.ts'
import { tradeCal } from './trade-cal.ts'

/** The default catalogue: Tushare's tables, fields and units, verbatim. */
export const tushare = defineCatalogue({
  stock_basic: stockBasic,
  trade_cal: tradeCal,
  daily,
  adj_factor: adjFactor,
  daily_basic: dailyBasic,
  index_daily: indexDaily,
})

export type Tushare = typeof tushare
