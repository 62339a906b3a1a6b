import type { Catalogue } from '@stockdb/contract'

/** An account for the server, with the rights that its work takes and no others. */
export interface Account {
  readonly name: string
  readonly password: string
  readonly rights: string
}

/** What an account is made for. */
interface GrantTarget {
  /** Where the server connects from, as the database sees it; `%` for anywhere. */
  readonly host: string
  readonly database: string
  readonly catalogue: Catalogue
  exists(table: string): boolean
}

/** How a database that has accounts is told to make those that the server needs. */
export interface Accounts {
  /** A pair of accounts: one reads, and one writes as well. */
  least(): { readonly read: Account; readonly write: Account }
  /**
   * The statements that make an account, with its rights on those of the catalogue's tables that exist: a grant on a table
   * that does not is an error.
   */
  statements(account: Account, target: GrantTarget): readonly string[]
}
