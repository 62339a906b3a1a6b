/** One call of a workload, in terms that each side can carry out. Dates and symbols are both inclusive. */
export type Call =
  | { readonly kind: 'point'; readonly symbol: string; readonly start: string; readonly end: string }
  | ({ readonly kind: 'bulk' } & Symbols)
  | { readonly kind: 'cross-section'; readonly date: string }
  | ({ readonly kind: 'panel'; readonly start: string; readonly end: string } & Symbols)
  | { readonly kind: 'as-of'; readonly date: string; readonly lastSymbol: string }
  | { readonly kind: 'join'; readonly start: string; readonly end: string }
  | { readonly kind: 'everything' }

interface Symbols {
  readonly firstSymbol: string
  readonly lastSymbol: string
}
