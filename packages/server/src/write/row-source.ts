/** Some rows of a write, by columns of JavaScript values: texts, numbers, bigints, booleans, null. */
export interface RowBatch {
  readonly numRows: number
  /** In the order of the source's fields. */
  readonly columns: readonly ArrayLike<unknown>[]
}

/** The rows of a write as they come in, batch by batch; to be gone through once. */
export interface RowSource {
  /** The fields of each row, known before its first batch. */
  fields(): Promise<readonly string[]>
  batches(): AsyncIterable<RowBatch>
  /** What the rows were made from, in one number that two different writes do not share; known after the last batch. */
  digest(): string
  /** How the prices among them were adjusted, as far as the source says; known after the first batch. */
  readonly adjust: string | undefined
}
