/** What can become of symbols that nothing in the database has. */
export const unknownSymbolsChoices = ['error', 'ignore'] as const
export type UnknownSymbols = (typeof unknownSymbolsChoices)[number]

/** The arguments by which symbols are named. */
export interface SymbolArguments {
  /** Codes to answer for, at most 10,000; all when left out. An empty list asks for no rows. */
  readonly symbols?: readonly string[] | undefined
  /**
   * What becomes of codes that have no row anywhere in the table, nor in the list of symbols that the dataset names:
   * `'error'`, the default, throws `UNKNOWN_SYMBOL`, with what may have been meant; `'ignore'` answers without them.
   */
  readonly unknownSymbols?: UnknownSymbols | undefined
}
