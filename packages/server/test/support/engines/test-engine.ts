/** An empty database of one test file. */
export interface Store {
  /** Address for `--database`. */
  readonly address: string
  drop(): Promise<void>
}

/** A place to create stores. */
export interface StoreMaker {
  /** For test titles; addresses may hold passwords. */
  readonly engine: string
  open(): Promise<Store>
}

/** Test support of an engine: how to create databases, and how to write to them without stockdb. */
export interface TestEngine {
  readonly makers: readonly StoreMaker[]
  /** Runs statements in order on a separate connection, and returns the rows of the last one as arrays. */
  run(address: string, statements: readonly string[]): Promise<unknown[][]>
}
