/** Input of `sql.run`: a statement, and a value for each `?`. */
export interface SqlInput {
  /** One SELECT in the database's own SQL. */
  readonly sql: string
  /** The values of the `?`, in order. */
  readonly params?: readonly SqlValue[] | undefined
}

/** A value for a `?`. */
export type SqlValue = string | number | boolean | null
