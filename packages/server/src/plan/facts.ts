import type { Dataset } from '@stockdb/contract'

/** What is known of tables that were looked at. */
export interface TableFacts {
  /** Whether the database keeps rows from repeating a key; `undefined` before the table was looked at. */
  enforcesKey(dataset: Dataset): boolean | undefined
  /** The fields that are kept as FLOAT; `undefined` before the table was looked at. */
  singlesOf(dataset: Dataset): ReadonlySet<string> | undefined
  /** Whether the table is known to hold codes that the collation of their column takes for equal. */
  mixesCodes(dataset: Dataset): boolean
}

/** For whom a plan is made. */
export interface Reader {
  /** Whether they may read a dataset. */
  mayRead(dataset: string): boolean
  /** Whether the table of a dataset was found to be unreadable, in a plan that can do without it. */
  lacks?(dataset: string): boolean
}

/** The server itself. */
export const everyone: Reader = { mayRead: () => true }
