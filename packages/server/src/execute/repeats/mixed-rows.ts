import type { Batch, Vector } from '@stockdb/contract/wire'
import type { ReadColumn } from '../../engine/engine.ts'
import { shownValue } from './duplicate-key.ts'

/** The number of rows to remember from the end of a batch: few codes are treated as equal. */
const REMEMBERED = 16

/**
 * Finds repeats among codes that a database treats as equal, whose rows come mixed: `abc`, `ABC`, `abc` on one day. Once a
 * code returns after others, the keys of each code are remembered for its last date.
 */
export class MixedRows {
  readonly #key: readonly number[]
  readonly #symbolAt: number
  readonly #dateAt: number
  readonly #seen = new Map<number, { date: unknown; keys: Set<string> }>()
  #greatest = -1
  #mixed = false

  constructor(key: readonly number[], columns: readonly Pick<ReadColumn, 'name' | 'type'>[], symbol: string) {
    this.#key = key
    this.#symbolAt = columns.findIndex(({ name }) => name === symbol)
    this.#dateAt = key.find((at) => columns[at]?.type === 'date' || columns[at]?.type === 'datetime') ?? -1
  }

  /** The first row whose key occurred before, not directly above it. */
  find({ numRows, vectors }: Batch): number | undefined {
    const symbols = vectors[this.#symbolAt]
    if (symbols?.type !== 'symbol') return undefined
    const codes = symbols.values
    let from = 0
    if (!this.#mixed) {
      from = this.#firstReturn(codes, numRows)
      if (from === numRows) {
        this.#remember(vectors, codes, numRows)
        return undefined
      }
      this.#mixed = true
      // Rows from earlier in this batch may be repeated.
      for (let row = 0; row < from; row++) this.#note(vectors, codes[row] as number, row)
    }
    for (let row = from; row < numRows; row++) {
      const again = this.#note(vectors, codes[row] as number, row)
      if (again && !(row > 0 && codes[row] === codes[row - 1])) return row
    }
    return undefined
  }

  /** The first row whose code returns after another one; `numRows` if there is none. */
  #firstReturn(codes: Int32Array, numRows: number): number {
    for (let row = 0; row < numRows; row++) {
      const code = codes[row] as number
      if (code < this.#greatest) return row
      this.#greatest = code
    }
    return numRows
  }

  /** Remembers the last rows of a batch: the next one may continue their date. */
  #remember(vectors: readonly Vector[], codes: Int32Array, numRows: number): void {
    this.#seen.clear()
    for (let row = Math.max(0, numRows - REMEMBERED); row < numRows; row++)
      this.#note(vectors, codes[row] as number, row)
  }

  /** Remembers the key of a row, and returns whether it is known. */
  #note(vectors: readonly Vector[], code: number, row: number): boolean {
    const date = vectors[this.#dateAt]?.values[row]
    const key = this.#key.map((at) => shownValue(vectors[at] as Vector, row)).join('\u0000')
    const seen = this.#seen.get(code)
    if (!seen || seen.date !== date) {
      this.#seen.set(code, { date, keys: new Set([key]) })
      return false
    }
    const known = seen.keys.has(key)
    seen.keys.add(key)
    return known
  }
}
