/**
 * Input of `query.run`: a select as Kysely's operation tree, which the server looks at node by node. A bigint in it
 * stands as `{ "$bigint": "123" }`, because JSON has none.
 */
export interface QueryInput {
  readonly query: unknown
}

/** The one key of an object that stands for a bigint in a query's tree. */
export const BIGINT_TAG = '$bigint'
