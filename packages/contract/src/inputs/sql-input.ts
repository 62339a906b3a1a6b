import type { BIGINT_TAG } from './query-input.ts'

/** Input of `sql.run`: a statement, and a value for each `?`. */
export interface SqlInput {
  /** One SELECT in the database's own SQL. */
  readonly sql: string
  /** The values of the `?`, in order. */
  readonly params?: readonly SqlParam[] | undefined
}

/** A value for a `?`. */
export type SqlValue = string | number | bigint | boolean | null

/** The same as JSON, which has no bigint. */
export type SqlParam = Exclude<SqlValue, bigint> | { readonly [BIGINT_TAG]: string }
