/** Something that a cell put out, in the order in which it did. */
export type Output =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'html'; readonly html: string }
  | { readonly kind: 'svg'; readonly svg: string }
  | { readonly kind: 'error'; readonly text: string }

/** How a cell ended: `skipped` if one before it failed. */
export interface CellResult {
  readonly status: 'done' | 'failed' | 'skipped'
  readonly outputs: readonly Output[]
  readonly ms: number
}
