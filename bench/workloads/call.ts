/** One call of a workload, in terms that each side can carry out. Dates are both inclusive. */
export type Call =
  | { readonly kind: 'point'; readonly symbol: string; readonly start: string; readonly end: string }
  | { readonly kind: 'bulk'; readonly lastSymbol: string }
  | { readonly kind: 'cross-section'; readonly date: string }
  | { readonly kind: 'panel'; readonly lastSymbol: string; readonly start: string; readonly end: string }
  | { readonly kind: 'as-of'; readonly date: string; readonly lastSymbol: string }
  | { readonly kind: 'join'; readonly start: string; readonly end: string }
  | { readonly kind: 'everything' }
