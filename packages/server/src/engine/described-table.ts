import type { Dataset } from '@stockdb/contract'
import type { TableShape } from './table-shape.ts'

/** A table of the database, with the dataset that is read from it. */
export interface DescribedTable {
  readonly dataset: Dataset
  readonly shape: TableShape
}
