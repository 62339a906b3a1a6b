/**
 * Input of `query.run`: a select as Kysely's operation tree, which the server checks node by node. A bigint is written
 * as `{ "$bigint": "123" }`, because JSON has none.
 */
export interface QueryInput {
  /**
   * The tree that `toOperationNode()` of a Kysely query gives.
   *
   * @example
   * ```ts
   * await db.query.selectFrom('daily').select('close').limit(10).execute() // the client sends the tree
   * ```
   */
  readonly query: unknown
}

/** The only key of an object that represents a bigint in a query tree. */
export const BIGINT_TAG = '$bigint'
