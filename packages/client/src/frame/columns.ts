import type { Batch, FrameField, Plain, Vector } from '@stockdb/contract/wire'
import { copyPlain } from '@stockdb/contract/wire'

/** A column as a frame shows it. */
export type Column = Plain | Int32Array | BigInt64Array

/**
 * The column at a place of every batch, put together: typed arrays for float64 and for whole numbers that are never
 * null, ordinary arrays for the rest. A single batch of numbers is shown where it lies, without a copy.
 */
export function joinColumn(field: FrameField, index: number, batches: readonly Batch[]): Column {
  const vectors = batches.flatMap((batch) => batch.vectors[index] ?? [])
  switch (field.type) {
    case 'float64':
      return joinTyped(vectors, (length) => new Float64Array(length))
    case 'int32':
      if (!field.nullable) return joinTyped(vectors, (length) => new Int32Array(length))
      break
    case 'int64':
      if (!field.nullable) return joinTyped(vectors, (length) => new BigInt64Array(length))
      break
  }
  const joined = new Array<string | number | bigint | boolean | null>(rowsIn(vectors))
  let at = 0
  for (const vector of vectors) {
    copyPlain(vector, joined, at)
    at += vector.values.length
  }
  return joined
}

const rowsIn = (vectors: readonly Vector[]): number => vectors.reduce((rows, { values }) => rows + values.length, 0)

function joinTyped<Typed extends Float64Array | Int32Array | BigInt64Array>(
  vectors: readonly Vector[],
  allocate: (length: number) => Typed,
): Typed {
  const parts = vectors.map((vector) => vector.values as Typed)
  if (parts.length === 1 && parts[0]) return parts[0]
  const joined = allocate(rowsIn(vectors))
  let at = 0
  for (const part of parts) {
    joined.set(part as never, at)
    at += part.length
  }
  return joined
}
