const MOST = BigInt(Number.MAX_SAFE_INTEGER) + 1n

/**
 * Whole numbers of 64 bits as doubles, NaN for null. Throws a `RangeError` for one that no double holds; `where` names a row.
 */
export function exactNumbers(values: ArrayLike<unknown>, field: string, where: (row: number) => string): Float64Array {
  const numbers = new Float64Array(values.length)
  for (let row = 0; row < values.length; row++) {
    const value = values[row] as bigint | null
    if (value !== null && (value > MOST || value < -MOST)) {
      throw new RangeError(
        `${field} of ${where(row)} is ${value}; expected a number from -2^53 to 2^53, which a panel of doubles holds exactly`,
      )
    }
    numbers[row] = value === null ? Number.NaN : Number(value)
  }
  return numbers
}
