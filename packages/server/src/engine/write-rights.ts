import type { TableRef } from './table-ref.ts'

/** What an account may do with a table, or in a whole database. */
export type Right = 'SELECT' | 'INSERT' | 'UPDATE' | 'DELETE' | 'CREATE' | 'DROP' | 'INDEX'

/** Rights on one table, or, without one, on all tables of a database, also those that will be made. */
export interface RightsWanted {
  readonly on: TableRef | { readonly schema: string | undefined }
  /** A column of the table. */
  readonly column?: string
  readonly rights: readonly Right[]
}

/** Rights that the account lacks of those that were wanted. */
export interface RightsLacking {
  readonly wanted: RightsWanted
  readonly rights: readonly Right[]
  /** The statement that grants them. */
  readonly grant: string
}
