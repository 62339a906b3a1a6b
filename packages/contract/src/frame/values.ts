import { dateOf, datetimeOf } from '../dates.ts'
import type { Vector } from './batch.ts'
import { isValid } from './batch.ts'

/** Formats dates and datetimes of one answer, each distinct one only once: bars share their dates. */
function memoized<Key, Text>(write: (key: Key) => Text): (key: Key) => Text {
  const known = new Map<Key, Text>()
  return (key) => {
    let text = known.get(key)
    if (text === undefined) {
      text = write(key)
      if (known.size < 100_000) known.set(key, text)
    }
    return text
  }
}

/** A column of JavaScript values: dates as text, null for null, or NaN for null in float64. */
export type Plain = Float64Array | (string | number | bigint | boolean | null)[]

/** The values of a vector as JavaScript values; a float64 vector is returned without a copy. */
export function plainValues(vector: Vector): Plain {
  switch (vector.type) {
    case 'float64':
      return vector.values
    case 'int32':
      return fill(vector, (row) => vector.values[row] as number)
    case 'int64':
      return fill(vector, (row) => vector.values[row] as bigint)
    case 'bool':
      return fill(vector, (row) => vector.values[row] === 1)
    case 'date': {
      const write = memoized(dateOf)
      return fill(vector, (row) => write(vector.values[row] as number))
    }
    case 'datetime': {
      const write = memoized((ms: bigint) => datetimeOf(Number(ms)))
      return fill(vector, (row) => write(vector.values[row] as bigint))
    }
    case 'symbol':
      return fill(vector, (row) => vector.dictionary[vector.values[row] as number] as string)
    case 'text':
      return [...vector.values]
  }
}

function fill<Value>(vector: Vector, valueAt: (row: number) => Value): (Value | null)[] {
  const { length } = vector.values
  const column = new Array<Value | null>(length)
  if (vector.validity === undefined) for (let row = 0; row < length; row++) column[row] = valueAt(row)
  else for (let row = 0; row < length; row++) column[row] = isValid(vector, row) ? valueAt(row) : null
  return column
}
