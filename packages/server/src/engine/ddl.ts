import type { Dataset } from '@stockdb/contract'
import type { RawBuilder } from 'kysely'
import { bareTable } from './table-ref.ts'
import type { Difference, TableShape } from './table-shape.ts'

/** Builds the statements that create a dataset's table, or alter it to its declaration. It executes nothing. */
export interface Ddl {
  /** Creates the table with key, indexes and the mark of stockdb's tables. */
  create(dataset: Dataset): readonly RawBuilder<unknown>[]
  /** Alters the table to its declaration atomically, and marks it. */
  alter(dataset: Dataset, table: TableShape, differences: readonly Difference[]): readonly RawBuilder<unknown>[]
  /** Marks the table as one that stockdb may alter. */
  mark(dataset: Dataset, table: TableShape): readonly RawBuilder<unknown>[]
  /** The columns of the key's index, in order; null for an expression. */
  keyColumns(dataset: Dataset): readonly (string | null)[]
  /** Whether an upsert matches rows by any unique index of the table, not only by the dataset's key. */
  readonly upsertsByAnyUniqueIndex: boolean
}

/** The index on a dataset's date, for cross-sections. */
export const indexName = (dataset: Dataset): string => `${bareTable(dataset)}_${dataset.date}`
/** The constraint or index of a dataset's key. */
export const keyName = (dataset: Dataset): string => `${bareTable(dataset)}_key`
