import { dateOf, datetimeOf } from '../dates.ts'
import type { Vector } from './batch.ts'
import { isValid } from './batch.ts'

/** Texts that are kept of dates, and of datetimes. */
const MOST_TEXTS = 65_536

/** Writes each distinct date or datetime once: rows share them, and so do batches and answers. */
function remembered<Key>(write: (key: Key) => string): (key: Key) => string {
  const known = new Map<Key, string>()
  return (key) => {
    let text = known.get(key)
    if (text === undefined) {
      if (known.size === MOST_TEXTS) known.clear()
      text = write(key)
      known.set(key, text)
    }
    return text
  }
}

const textOfDay = remembered(dateOf)
const textOfMoment = remembered((ms: bigint) => datetimeOf(Number(ms)))

type Value = string | number | bigint | boolean | null

/** A column of JavaScript values: dates as text, null for null, or NaN for null in float64. */
export type Plain = Float64Array | Value[]

/** The values of a vector as JavaScript values; a float64 vector is returned without a copy. */
export function plainValues(vector: Vector): Plain {
  if (vector.type === 'float64') return vector.values
  const column = new Array<Value>(vector.values.length)
  copyPlain(vector, column, 0)
  return column
}

/** Writes the values of a vector as JavaScript values into a column, from a row on. */
export function copyPlain(vector: Vector, column: Value[], at: number): void {
  const valueAt = reading(vector)
  const { length } = vector.values
  for (let row = 0; row < length; row++) column[at + row] = isValid(vector, row) ? valueAt(row) : null
}

/** Gives the value of a row that has one. */
function reading(vector: Vector): (row: number) => Value {
  const { values } = vector
  switch (vector.type) {
    case 'bool':
      return (row) => values[row] === 1
    case 'date':
      return (row) => textOfDay(values[row] as number)
    case 'datetime':
      return (row) => textOfMoment(values[row] as bigint)
    case 'symbol':
      return (row) => vector.dictionary[values[row] as number] as string
    default:
      return (row) => values[row] as Value
  }
}
