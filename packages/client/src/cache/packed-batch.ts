import type { Batch, Vector } from '@stockdb/contract/wire'

type Numbers = Float64Array | Int32Array | BigInt64Array | Uint8Array

/** A batch whose numbers lie in one piece of memory, so that a copy of all of them is one copy. */
export interface PackedBatch {
  readonly numRows: number
  readonly vectors: readonly Vector[]
  readonly memory: ArrayBuffer
}

/** Typed arrays of 8 bytes a value begin at a multiple of it. */
const ALIGNMENT = 8

const sizeOf = (values: { readonly byteLength: number }): number => Math.ceil(values.byteLength / ALIGNMENT) * ALIGNMENT

/** Copies a batch. */
export function pack({ numRows, vectors }: Batch): PackedBatch {
  let size = 0
  for (const vector of vectors)
    size += (vector.type === 'text' ? 0 : sizeOf(vector.values)) + (vector.validity ? sizeOf(vector.validity) : 0)
  const memory = new ArrayBuffer(size)
  let at = 0
  const put = <Values extends Numbers>(values: Values): Values => {
    const copy = viewOf(values, memory, at)
    copy.set(values as never)
    at += sizeOf(values)
    return copy
  }
  return { numRows, memory, vectors: vectors.map((vector) => withArrays(vector, put)) }
}

/** The batch in memory of its own, which the one who gets it may change. */
export function unpack({ numRows, vectors, memory }: PackedBatch): Batch {
  const own = memory.slice(0)
  const take = <Values extends Numbers>(values: Values): Values => viewOf(values, own, values.byteOffset)
  return { numRows, vectors: vectors.map((vector) => withArrays(vector, take)) }
}

function withArrays(vector: Vector, array: <Values extends Numbers>(values: Values) => Values): Vector {
  const values = vector.type === 'text' ? vector.values.slice() : array<Numbers>(vector.values)
  return { ...vector, values, validity: vector.validity && array(vector.validity) } as Vector
}

/** As many values of the same type, at another place. */
function viewOf<Values extends Numbers>(values: Values, memory: ArrayBuffer, at: number): Values {
  // The type of `constructor` does not say of which class it is.
  const Type = values.constructor as new (memory: ArrayBuffer, at: number, length: number) => Values
  return new Type(memory, at, values.length)
}
