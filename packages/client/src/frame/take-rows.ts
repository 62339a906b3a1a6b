import type { Batch, Vector } from '@stockdb/contract/wire'
import { isValid } from '@stockdb/contract/wire'

/** Where the chosen rows are: the number of a batch, and the row in it. */
interface Places {
  readonly batchOf: Uint32Array
  readonly rowOf: Uint32Array
}

/** Copies rows of a frame, in the order of their numbers, into one batch. */
export function takeRows(batches: readonly Batch[], rows: ArrayLike<number>): Batch {
  const places = placesOf(batches, rows)
  const vectors = (batches[0]?.vectors ?? []).map((_, column) =>
    takeFrom(
      batches.flatMap((batch) => batch.vectors[column] ?? []),
      places,
    ),
  )
  return { numRows: rows.length, vectors }
}

function placesOf(batches: readonly Batch[], rows: ArrayLike<number>): Places {
  const ends = new Float64Array(batches.length)
  let end = 0
  batches.forEach(({ numRows }, index) => {
    end += numRows
    ends[index] = end
  })
  const places = { batchOf: new Uint32Array(rows.length), rowOf: new Uint32Array(rows.length) }
  let batch = 0
  for (let index = 0; index < rows.length; index++) {
    const row = rows[index] as number
    if (row < startOf(ends, batch)) batch = 0
    while (row >= (ends[batch] as number)) batch++
    places.batchOf[index] = batch
    places.rowOf[index] = row - startOf(ends, batch)
  }
  return places
}

const startOf = (ends: Float64Array, batch: number): number => (batch === 0 ? 0 : (ends[batch - 1] as number))

type Numbers = Float64Array | Int32Array | BigInt64Array | Uint8Array

function takeFrom(parts: readonly Vector[], places: Places): Vector {
  const { batchOf, rowOf } = places
  const nulls = validityOf(parts, places)
  const numbers = <Values extends Numbers>(taken: Values): Values => {
    const values = parts.map((part) => part.values as Values)
    for (let index = 0; index < rowOf.length; index++)
      taken[index] = values[batchOf[index] as number]?.[rowOf[index] as number] as never
    return taken
  }
  // The dictionary of the last batch has every code of the batches before it.
  const vector = parts.at(-1) as Vector
  switch (vector.type) {
    case 'float64':
      return { type: vector.type, values: numbers(new Float64Array(rowOf.length)), ...nulls }
    case 'int32':
    case 'date':
      return { type: vector.type, values: numbers(new Int32Array(rowOf.length)), ...nulls }
    case 'int64':
    case 'datetime':
      return { type: vector.type, values: numbers(new BigInt64Array(rowOf.length)), ...nulls }
    case 'bool':
      return { type: vector.type, values: numbers(new Uint8Array(rowOf.length)), ...nulls }
    case 'symbol':
      return {
        type: vector.type,
        values: numbers(new Int32Array(rowOf.length)),
        dictionary: vector.dictionary,
        ...nulls,
      }
    case 'text': {
      const texts = parts.map((part) => part.values as readonly (string | null)[])
      const values = Array.from(rowOf, (row, index) => texts[batchOf[index] as number]?.[row] ?? null)
      return { type: vector.type, values, ...nulls }
    }
  }
}

function validityOf(parts: readonly Vector[], { batchOf, rowOf }: Places): Pick<Vector, 'validity' | 'nullCount'> {
  if (parts.every(({ nullCount }) => nullCount === 0)) return { validity: undefined, nullCount: 0 }
  return bitmap(rowOf.length, (index) => isValid(parts[batchOf[index] as number] as Vector, rowOf[index] as number))
}

/** The bitmap of the rows that have a value, and how many have none. */
export function bitmap(length: number, hasValue: (row: number) => boolean): Pick<Vector, 'validity' | 'nullCount'> {
  const validity = new Uint8Array((length + 7) >> 3)
  let nullCount = 0
  for (let row = 0; row < length; row++) {
    if (hasValue(row)) validity[row >> 3] = (validity[row >> 3] as number) | (1 << (row & 7))
    else nullCount += 1
  }
  return nullCount === 0 ? { validity: undefined, nullCount } : { validity, nullCount }
}
