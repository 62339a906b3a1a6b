import type { Dataset } from '@stockdb/contract'
import { columnName, tableName } from '@stockdb/contract/internal'
import { type Batch, StockdbError } from '@stockdb/contract/wire'
import { fieldOf } from '../plan/columns.ts'

/**
 * Ensures that the rows of a code are consecutive. If the collation of a table that stockdb does not manage treats two codes
 * as equal (by case, or trailing spaces), rows ordered by it come mixed, and bars and panels made of them would be wrong.
 */
export class CodeOrder {
  readonly #dataset: Dataset
  readonly #at: number
  readonly #begun = new Set<string>()
  #code = ''

  /** `at` is the position of the symbol column. */
  constructor(dataset: Dataset, at: number) {
    this.#dataset = dataset
    this.#at = at
  }

  /** Throws `SCHEMA_MISMATCH` if a code returns after another one. */
  check({ vectors, numRows }: Batch): void {
    const codes = vectors[this.#at]
    if (codes?.type !== 'symbol') return
    let last = -1
    for (let row = 0; row < numRows; row++) {
      if (codes.values[row] === last) continue
      last = codes.values[row] as number
      const code = codes.dictionary[last]
      if (code === undefined || code === this.#code) continue
      if (this.#begun.has(code)) throw this.#mixed(code)
      this.#begun.add(code)
      this.#code = code
    }
  }

  #mixed(code: string): StockdbError {
    const [table, column] = [tableName(this.#dataset), columnName(this.#dataset, fieldOf(this.#dataset, 'symbol'))]
    return new StockdbError(
      'SCHEMA_MISMATCH',
      `table ${table}, column ${column}: rows of ${JSON.stringify(code)} come mixed with those of ${JSON.stringify(this.#code)}, because the column's collation treats the two as equal; declare the dataset with latest: 'scan', or correct the codes`,
    )
  }
}
