import type { Dataset } from '@stockdb/contract'
import type { Member } from '@stockdb/contract/internal'

/** Facts about tables that were inspected. */
export interface TableFacts {
  /** Whether the database enforces the key; `undefined` before the table is inspected. */
  enforcesKey(dataset: Dataset): boolean | undefined
  /** The fields stored as FLOAT; `undefined` before the table is inspected. */
  singlesOf(dataset: Dataset): ReadonlySet<string> | undefined
  /** The fields of doubles stored as DECIMALs or integers; `undefined` before the table is inspected. */
  roundedOf(dataset: Dataset): ReadonlySet<string> | undefined
  /** Whether the table is known to have codes that the collation of their column treats as equal. */
  mixesCodes(dataset: Dataset): boolean
  /** The tables of a dataset with several; `undefined` before they are inspected. */
  membersOf(dataset: Dataset): readonly Member[] | undefined
  /** Increases when those of any dataset are others. */
  readonly membersVersion: number
  /** Whether the database takes longer to join a row of another table to each of many rows than to read both tables. */
  readonly joinsSlowly: boolean
}

/** The caller for which a plan is made. */
export interface Reader {
  /** Whether they may read a dataset. */
  mayRead(dataset: string): boolean
  /** Whether the table of a dataset cannot be read, in a plan that can do without it. */
  lacks?(dataset: string): boolean
}

/** The server itself. */
export const everyone: Reader = { mayRead: () => true }
