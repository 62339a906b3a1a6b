import type { Batch, Vector } from '@stockdb/contract/wire'
import type { ReadColumn } from '../../engine/engine.ts'
import { shownValue } from './duplicate-key.ts'

/** Rows at the end of a batch that are remembered: codes that a database takes for equal are few. */
const REMEMBERED = 16

/**
 * Rows of codes that a database takes for equal come mixed: `abc`, `ABC`, `abc` on one day. A code that comes again after
 * others tells; from then on the keys of each code are remembered, those of its last date.
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

  /** The first row whose key was there before, not next to it. */
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
      // What came before in this batch may come again.
      for (let row = 0; row < from; row++) this.#note(vectors, codes[row] as number, row)
    }
    for (let row = from; row < numRows; row++) {
      const again = this.#note(vectors, codes[row] as number, row)
      if (again && !(row > 0 && codes[row] === codes[row - 1])) return row
    }
    return undefined
  }

  /** The first row whose code came before, and another one since; `numRows` if there is none. */
  #firstReturn(codes: Int32Array, numRows: number): number {
    for (let row = 0; row < numRows; row++) {
      const code = codes[row] as number
      if (code < this.#greatest) return row
      this.#greatest = code
    }
    return numRows
  }

  /** Notes the last rows of a batch: the next one may go on with their date. */
  #remember(vectors: readonly Vector[], codes: Int32Array, numRows: number): void {
    this.#seen.clear()
    for (let row = Math.max(0, numRows - REMEMBERED); row < numRows; row++)
      this.#note(vectors, codes[row] as number, row)
  }

  /** Notes the key of a row, and tells whether it is known. */
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
