import type { AdjustmentRule } from '../rules/adjustment-rule.ts'
import type { BarRule } from '../rules/bar-rule.ts'
import type { CheckRule } from '../rules/check-rule.ts'

/** How to adjust Tushare's daily bars by the factors of a dataset. */
export const adjustedBy = <Name extends string>(dataset: Name) =>
  ({
    dataset,
    factor: 'adj_factor',
    prices: ['open', 'high', 'low', 'close', 'pre_close'],
    change: 'change',
    percentChange: 'pct_chg',
    close: 'close',
    previousClose: 'pre_close',
    previousCloseIs: 'ex-rights',
  }) as const satisfies AdjustmentRule

/** How to combine Tushare's daily bars into weeks, months, … */
export const dayBars = {
  first: ['open', 'pre_close'],
  max: ['high'],
  min: ['low'],
  last: ['close'],
  sum: ['vol', 'amount'],
  change: { change: 'change', percentChange: 'pct_chg', close: 'close', previousClose: 'pre_close' },
} as const satisfies BarRule

/** What holds in every bar. */
export const barChecks = [
  { field: 'high', atLeast: 'low' },
  { field: 'high', atLeast: 'open' },
  { field: 'high', atLeast: 'close' },
  { field: 'low', atMost: 'open' },
  { field: 'low', atMost: 'close' },
  { field: 'vol', atLeast: 0 },
  { field: 'amount', atLeast: 0 },
] as const satisfies readonly CheckRule[]
