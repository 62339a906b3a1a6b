import type { Dataset, OnDuplicate } from '@stockdb/contract'
import { distinguishing, tableName } from '@stockdb/contract/internal'

/** By what repeats are told among the rows of a read, which are ordered by their key, and what becomes of them. */
export interface RepeatPlan {
  readonly dataset: string
  readonly table: string
  /** The fields of the key, each of which is read. */
  readonly key: readonly string[]
  /** The code by which rows are ordered before all else; absent where they are ordered by something else. */
  readonly symbol?: string | undefined
  /** Absent where a repeat is an error. */
  readonly onDuplicate?: OnDuplicate | undefined
}

/** The plan of a dataset in whose table the database lets repeats in. */
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
 * Datasets, by their names, of whose rows one of each key is read, as they declare: in their tables some keys have several.
 * The value says whether only rows of the bound `date` are wanted.
 */
export type Merged = ReadonlyMap<string, { readonly onDate: boolean }>

/** The fields that have to be read for it. */
export const repeatFields = ({ key, onDuplicate }: RepeatPlan): readonly string[] =>
  typeof onDuplicate === 'object' ? [...key, onDuplicate.order] : key
