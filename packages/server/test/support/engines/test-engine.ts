/** An empty database of one test file. */
export interface Store {
  /** What `--database` takes. */
  readonly address: string
  drop(): Promise<void>
}

/** Somewhere to make stores. */
export interface StoreMaker {
  /** For the names of tests; addresses may hold passwords. */
  readonly engine: string
  open(): Promise<Store>
}

/** What tests must know of an engine: where to make its databases, and how to write to one as its owner would, beside stockdb. */
export interface TestEngine {
  readonly makers: readonly StoreMaker[]
  /** Runs statements one after another on a connection of their own, and gives the rows of the last one as arrays. */
  run(address: string, statements: readonly string[]): Promise<unknown[][]>
}
