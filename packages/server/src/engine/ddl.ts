import type { Dataset } from '@stockdb/contract'
import { tableName } from '@stockdb/contract/internal'
import type { RawBuilder } from 'kysely'
import type { Difference, TableShape } from './table-shape.ts'

/** The statements that make a dataset's table, or bring one to its declaration. Pure: it compiles and executes nothing. */
export interface Ddl {
  /** Creates the table, with its key, its indexes and the mark of stockdb's own tables. */
  create(dataset: Dataset): readonly RawBuilder<unknown>[]
  /** Brings the table to its declaration, all or nothing, and marks it. */
  alter(dataset: Dataset, table: TableShape, differences: readonly Difference[]): readonly RawBuilder<unknown>[]
  /** Marks the table as one that stockdb may alter. */
  mark(dataset: Dataset, table: TableShape): readonly RawBuilder<unknown>[]
  /** The columns of the key's index, in order; null for an expression. */
  keyColumns(dataset: Dataset): readonly (string | null)[]
  /** Whether an upsert takes a row for known by any unique index of the table, and not by the dataset's key alone. */
  readonly upsertsByAnyUniqueIndex: boolean
}

/** The index on a dataset's date, for cross-sections. */
export const indexName = (dataset: Dataset): string => `${tableName(dataset)}_${dataset.date}`
/** The constraint or index of its key. */
export const keyName = (dataset: Dataset): string => `${tableName(dataset)}_key`
