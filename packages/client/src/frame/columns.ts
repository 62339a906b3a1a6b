import type { Batch, FrameField, Plain, Vector } from '@stockdb/contract/wire'
import { plainValues } from '@stockdb/contract/wire'

/** A column as a frame shows it. */
export type Column = Plain | Int32Array | BigInt64Array

/**
 * The column at a place of every batch, put together: typed arrays for float64 and for whole numbers that are never
 * null, ordinary arrays for the rest. A single batch of numbers is shown where it lies, without a copy.
 */
export function joinColumn(field: FrameField, index: number, batches: readonly Batch[]): Column {
  const vectors = batches.map((batch) => batch.vectors[index]).filter((vector) => vector !== undefined)
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
  if (vectors.length === 1 && vectors[0]) return plainValues(vectors[0])
  const joined: (string | number | bigint | boolean | null)[] = []
  for (const vector of vectors) for (const value of plainValues(vector)) joined.push(value)
  return joined
}

function joinTyped<Typed extends Float64Array | Int32Array | BigInt64Array>(
  vectors: readonly Vector[],
  allocate: (length: number) => Typed,
): Typed {
  const parts = vectors.map((vector) => vector.values as Typed)
  if (parts.length === 1 && parts[0]) return parts[0]
  const joined = allocate(parts.reduce((length, part) => length + part.length, 0))
  let at = 0
  for (const part of parts) {
    joined.set(part as never, at)
    at += part.length
  }
  return joined
}
