import type { ListingRule } from '../dataset.ts'

/** All stocks of `stock_basic` have rows while listed. */
export const listedStocks = {
  dataset: 'stock_basic',
  from: 'list_date',
  to: 'delist_date',
} as const satisfies ListingRule
