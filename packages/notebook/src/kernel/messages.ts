import type { CellResult, Output } from '../document/output.ts'

/** To the kernel: run this cell. */
export interface RunCell {
  readonly source: string
  /** The line of the notebook at which the source begins, counted from 1. */
  readonly line: number
}

/** From the kernel. */
export type KernelMessage =
  | { readonly kind: 'ready' }
  | { readonly kind: 'output'; readonly output: Output }
  | { readonly kind: 'end'; readonly status: CellResult['status']; readonly ms: number }
