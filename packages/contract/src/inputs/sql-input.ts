/** Input of `sql.run`: a statement, and a value for each of its question marks. */
export interface SqlInput {
  readonly sql: string
  readonly params?: readonly SqlValue[] | undefined
}

/** A value that is bound to a question mark. */
export type SqlValue = string | number | boolean | null
