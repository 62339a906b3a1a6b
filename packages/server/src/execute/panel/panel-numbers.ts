import { dateOf } from '@stockdb/contract/internal'
import { type Batch, isValid, StockdbError, type Vector } from '@stockdb/contract/wire'

const MOST = BigInt(Number.MAX_SAFE_INTEGER) + 1n

/**
 * The numbers of rows as doubles, with NaN for null. Throws `INVALID_INPUT` for an integer that no double represents exactly;
 * `names` are those of the columns.
 */
export function panelNumbers({ vectors }: Batch, names: readonly string[]): Float64Array[] {
  const [symbols, dates] = vectors
  const where = (row: number): string =>
    symbols?.type === 'symbol' && dates?.type === 'date'
      ? `${symbols.dictionary[symbols.values[row] as number]} on ${dateOf(dates.values[row] as number)}`
      : `row ${row}`
  return vectors.slice(2).map((vector, index) => numbersOf(vector, names[index + 2] ?? '', where))
}

function numbersOf(vector: Vector, name: string, where: (row: number) => string): Float64Array {
  if (vector.type === 'float64') return vector.values
  const numbers = new Float64Array(vector.values.length)
  if (vector.type === 'int32') numbers.set(vector.values)
  else if (vector.type !== 'int64') throw new TypeError('a panel holds numbers')
  else
    for (let row = 0; row < numbers.length; row++) {
      const value = vector.values[row] as bigint
      if (value > MOST || value < -MOST) throw tooLarge(`${name} of ${where(row)} is ${value}`)
      numbers[row] = Number(value)
    }
  if (vector.nullCount > 0)
    for (let row = 0; row < numbers.length; row++) if (!isValid(vector, row)) numbers[row] = Number.NaN
  return numbers
}

const tooLarge = (what: string): StockdbError =>
  new StockdbError(
    'INVALID_INPUT',
    `fields: ${what}; expected a number from -2^53 to 2^53, which a panel of doubles holds exactly; ask for it with range`,
  )
