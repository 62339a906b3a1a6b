import type { ReadColumn } from './engine.ts'

export type Values = Float64Array | Int32Array | BigInt64Array | Uint8Array

/** A column being filled. */
export interface Filling<V> {
  readonly column: ReadColumn
  /** Its position in the rows. */
  readonly index: number
  values: V
  /** Reusable memory of the previous batch; only full batches leave any. */
  spare: V | undefined
  validity: Uint8Array | undefined
  nullCount: number
}

/** Codes of a symbol column; the dictionary belongs to the answer and grows at its end. */
export interface Dictionary {
  readonly codes: Map<string, number>
  readonly words: string[]
  /** Symbols come in runs: remembering the last one saves most lookups. */
  lastWord: string | undefined
  lastCode: number
}

export type SymbolFilling = Filling<Int32Array> & { readonly dictionary: Dictionary }

/** Swaps in a column's spare memory, or `none` if there is no spare; returns its capacity in rows. */
export function exchange<V extends Values>(filling: Filling<V>, none: V): number {
  const next = filling.spare ?? none
  filling.spare = filling.values
  filling.values = next
  return next.length
}

export function moved<V extends Float64Array | Int32Array | BigInt64Array | Uint8Array>(
  from: V,
  to: V,
  length: number,
): V {
  if (length > 0) to.set(from.subarray(0, length) as never)
  return to
}

export function allValid(rows: number): Uint8Array {
  return new Uint8Array((rows + 7) >> 3).fill(0xff)
}

export function codeOf(dictionary: Dictionary, word: string): number {
  let code = dictionary.codes.get(word)
  if (code === undefined) {
    code = dictionary.words.length
    dictionary.words.push(word)
    dictionary.codes.set(word, code)
  }
  dictionary.lastWord = word
  dictionary.lastCode = code
  return code
}
