import type { Catalogue } from '@stockdb/contract'

/** An account for the server, with only the rights that it needs. */
export interface Account {
  readonly name: string
  readonly password: string
  readonly rights: string
}

/** Purpose of an account. */
interface GrantTarget {
  /** The host that the server connects from, as the database sees it; `%` for any. */
  readonly host: string
  readonly database: string
  readonly catalogue: Catalogue
  exists(table: string): boolean
  /** Another database, on whose tables both have rights: one to read, one to make, write and drop them. */
  readonly factorSchema?: string | undefined
}

/** Creates the accounts that the server needs, in databases with accounts. */
export interface Accounts {
  /** A pair of accounts: one to read, one to read and write. */
  least(): { readonly read: Account; readonly write: Account }
  /**
   * The statements that create an account with its rights on the catalogue's existing tables; a grant on a missing
   * table would be an error.
   */
  statements(account: Account, target: GrantTarget): readonly string[]
  /**
   * Why a second account's address does not reach the same database, as a sentence without passwords; `undefined` if it does.
   * Throws `DATABASE_UNAVAILABLE` if one of them cannot be reached.
   */
  difference(main: string, other: string, signal: AbortSignal): Promise<string | undefined>
}
