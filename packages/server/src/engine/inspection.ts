import type { Member } from '@stockdb/contract/internal'
import type { EqualCodes } from './equal-codes.ts'
import type { FormatCheck } from './format-check.ts'
import type { TableShape } from './table-shape.ts'

/** What a look at the table of a dataset, or at its tables, found: why it cannot be served, or what calls need to know. */
export type Inspection =
  | { readonly problem: string }
  | {
      readonly problem?: undefined
      /** The tables, where there are several. */
      readonly members?: readonly Member[]
      readonly enforcesKey: boolean
      /** The fields stored as FLOAT. */
      readonly singles: ReadonlySet<string>
      /** The fields whose columns compare with other values than those that are read. */
      readonly rounded: ReadonlySet<string>
      /** The shape of the table, or of the first one. */
      readonly shape: TableShape
      /** Changes with the complete shape. */
      readonly signature: string
      readonly formats: () => FormatCheck | undefined
      readonly codes: () => EqualCodes | undefined
      /** Differences that do not make answers wrong. */
      readonly differences: readonly string[]
    }
