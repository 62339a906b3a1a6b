import type { Dataset, OnDuplicate } from '@stockdb/contract'
import { distinguishing, tableName } from '@stockdb/contract/internal'

/** How to detect and handle repeated keys among the rows of a read, which are ordered by key. */
export interface RepeatPlan {
  readonly dataset: string
  readonly table: string
  /** The fields of the key, all of which are read. */
  readonly key: readonly string[]
  /** The leading symbol of the order; absent if rows have another order. */
  readonly symbol?: string | undefined
  /** Absent if a repeat is an error. */
  readonly onDuplicate?: OnDuplicate | undefined
}

/** The plan of a dataset whose table allows repeated keys. */
export function repeatPlan(dataset: Dataset): RepeatPlan {
  const { name, onDuplicate, symbol, date, key } = dataset
  const first = date === undefined ? key[0] : symbol
  return {
    ...{ dataset: name, table: tableName(dataset), onDuplicate },
    key: distinguishing(dataset),
    symbol: first === symbol ? symbol : undefined,
  }
}

/**
 * Datasets by name of which one row per key is read, as declared, because their tables may have several.
 * The value says whether only rows of the bound `date` are needed.
 */
export type Merged = ReadonlyMap<string, { readonly onDate: boolean }>

/** The fields that it needs. */
export const repeatFields = ({ key, onDuplicate }: RepeatPlan): readonly string[] =>
  typeof onDuplicate === 'object' ? [...key, onDuplicate.order] : key
