import { type Batch, isValid, type Vector } from '@stockdb/contract/wire'

/** The first rows of a batch. Its dictionaries stay, because they only grow. */
export function firstRows({ vectors }: Batch, numRows: number): Batch {
  const cut = (vector: Vector): Vector => {
    let nullCount = vector.nullCount
    if (vector.validity) {
      nullCount = 0
      for (let row = 0; row < numRows; row++) if (!isValid(vector, row)) nullCount++
    }
    return { ...vector, values: vector.values.slice(0, numRows), nullCount } as Vector
  }
  return { numRows, vectors: vectors.map(cut) }
}

/** How long a dictionary is at least, of which rows have these codes: they are given in the order in which words first come. */
export function lengthOfDictionary(codes: Int32Array): number {
  let greatest = -1
  for (const code of codes) if (code > greatest) greatest = code
  return greatest + 1
}
