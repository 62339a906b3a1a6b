import { type Batch, isValid, type Vector } from '@stockdb/contract/wire'

/** The rows of a batch that are not marked as dropped. */
export function keptRows({ numRows, vectors }: Batch, dropped: Uint8Array): Batch {
  const rows: number[] = []
  for (let row = 0; row < numRows; row++) if (dropped[row] === 0) rows.push(row)
  return { numRows: rows.length, vectors: vectors.map((vector) => picked(vector, rows)) }
}

function picked(vector: Vector, rows: readonly number[]): Vector {
  const values = Array.isArray(vector.values)
    ? rows.map((row) => (vector.values as readonly (string | null)[])[row])
    : pickedNumbers(vector.values as Float64Array, rows)
  if (!vector.validity) return { ...vector, values } as Vector
  const validity = new Uint8Array((rows.length + 7) >> 3)
  let nullCount = 0
  rows.forEach((row, at) => {
    if (isValid(vector, row)) validity[at >> 3] = (validity[at >> 3] ?? 0) | (1 << (at & 7))
    else nullCount++
  })
  return { ...vector, values, validity: nullCount > 0 ? validity : undefined, nullCount } as Vector
}

/** A typed array of the same type. */
function pickedNumbers(values: Float64Array, rows: readonly number[]): Float64Array {
  const kept = values.slice(0, rows.length)
  rows.forEach((row, at) => {
    kept[at] = values[row] as number
  })
  return kept
}
