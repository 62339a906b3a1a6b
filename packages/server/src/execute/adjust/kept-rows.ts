import { type Batch, isValid, type Vector } from '@stockdb/contract/wire'

type SymbolVector = Vector & { readonly type: 'symbol' }

/** The codes of a symbol column, and their new codes among the remaining rows. */
interface Recoding {
  readonly codes: (number | undefined)[]
  readonly words: string[]
}

/**
 * Drops rows from the batches of one answer, all of which must be given. From the first dropped row on, symbols get new
 * codes, so that the dictionary only has symbols of the remaining rows, and only grows.
 */
export class KeptRows {
  /** By column position. */
  readonly #recodings = new Map<number, Recoding>()
  #before: Batch | undefined
  #begun = false

  /** The rows that are not marked. */
  without(batch: Batch, marked: Uint8Array | undefined): Batch {
    if (!marked && !this.#begun) {
      this.#before = batch
      return batch
    }
    this.#begun = true
    const rows = Int32Array.from({ length: batch.numRows }, (_, row) => row).filter((row) => !marked?.[row])
    return { numRows: rows.length, vectors: batch.vectors.map((vector, at) => this.#kept(vector, at, rows)) }
  }

  #kept(vector: Vector, at: number, rows: Int32Array): Vector {
    const nulls = nullsOf(vector, rows)
    switch (vector.type) {
      case 'symbol':
        return { type: 'symbol', ...this.#recoded(vector, at, rows), ...nulls }
      case 'text':
        return { type: 'text', values: Array.from(rows, (row) => vector.values[row] ?? null), ...nulls }
      case 'float64':
        return { type: 'float64', values: Float64Array.from(rows, (row) => vector.values[row] as number), ...nulls }
      case 'bool':
        return { type: 'bool', values: Uint8Array.from(rows, (row) => vector.values[row] as number), ...nulls }
      case 'int64':
      case 'datetime':
        return { ...vector, values: BigInt64Array.from(rows, (row) => vector.values[row] as bigint), ...nulls }
      case 'int32':
      case 'date':
        return { ...vector, values: Int32Array.from(rows, (row) => vector.values[row] as number), ...nulls }
    }
  }

  #recoded(
    { values, dictionary }: SymbolVector,
    at: number,
    rows: Int32Array,
  ): Pick<SymbolVector, 'values' | 'dictionary'> {
    const { codes, words } = this.#recodingOf(at)
    const recoded = Int32Array.from(rows, (row) => {
      const code = values[row] as number
      let kept = codes[code]
      if (kept === undefined) {
        kept = words.length
        words.push(dictionary[code] ?? '')
        codes[code] = kept
      }
      return kept
    })
    return { values: recoded, dictionary: words.slice() }
  }

  /** Symbols that were already sent keep their codes. */
  #recodingOf(at: number): Recoding {
    let recoding = this.#recodings.get(at)
    if (!recoding) {
      const before = this.#before?.vectors[at]
      const words = before?.type === 'symbol' ? before.dictionary.slice() : []
      recoding = { codes: words.map((_, code) => code), words }
      this.#recodings.set(at, recoding)
    }
    return recoding
  }
}

function nullsOf(vector: Vector, rows: Int32Array): Pick<Vector, 'validity' | 'nullCount'> {
  if (vector.validity === undefined) return { validity: undefined, nullCount: 0 }
  const validity = new Uint8Array((rows.length + 7) >> 3)
  let nullCount = 0
  for (let at = 0; at < rows.length; at++) {
    if (isValid(vector, rows[at] as number)) validity[at >> 3] = (validity[at >> 3] as number) | (1 << (at & 7))
    else nullCount++
  }
  return { validity: nullCount > 0 ? validity : undefined, nullCount }
}
