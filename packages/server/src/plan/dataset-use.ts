/** A dataset that a plan reads, on which its caller needs a right. */
export interface DatasetUse {
  readonly dataset: string
  /**
   * `rows`: its rows are read for the answer. `memory`: it is kept in memory for all calls. `symbols`: symbols without a row
   * are looked up in it.
   */
  readonly for: 'rows' | 'memory' | 'symbols'
  /** Whether the plan can do without it if its table cannot be read. */
  readonly dispensable?: true
  /**
   * The message for a caller without the right, if the name of the dataset explains nothing: why it is read, and what to do.
   */
  readonly refusal?: { readonly why: string; readonly instead: string }
}
