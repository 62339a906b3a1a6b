import { type Batch, StockdbError } from '@stockdb/contract/wire'

/**
 * Ensures that no code has two rows in an answer of one row per stock, whose tables were found to have unique keys. A table may have
 * been replaced by one without its key since.
 */
export class Once {
  readonly #at: number
  readonly #datasets: readonly string[]
  readonly #codes = new Set<string>()

  /** `at` is the position of the symbol column. */
  constructor(datasets: readonly string[], at: number) {
    this.#datasets = datasets
    this.#at = at
  }

  /** Throws `DUPLICATE_KEY` for the first code that comes again. */
  check({ vectors, numRows }: Batch): void {
    const codes = vectors[this.#at]
    if (codes?.type !== 'symbol') return
    for (let row = 0; row < numRows; row++) {
      const code = codes.dictionary[codes.values[row] as number] as string
      if (this.#codes.has(code))
        throw new StockdbError(
          'DUPLICATE_KEY',
          `${this.#datasets.join(' or ')}: several rows of ${code}; expected one: the table was changed or replaced`,
        )
      this.#codes.add(code)
    }
  }
}
