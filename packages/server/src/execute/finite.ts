import { StockdbError } from '@stockdb/contract/wire'

/**
 * Throws if a number computed from stored ones is infinite; `name` is the field. No answer contains infinite numbers, in JSON
 * or Arrow: a division by zero is null, and a number too large for a double is an error.
 */
export function requireFinite(values: Float64Array, name: string): void {
  // An iterator would make an object of each number.
  for (let row = 0; row < values.length; row++) {
    // NaN stands for null.
    if (Math.abs(values[row] as number) === Number.POSITIVE_INFINITY) {
      const message = `${name}: a value computed from the stored numbers is beyond ±1.8e308, the largest double; look for values that are far too large, or leave the field out`
      throw new StockdbError('SCHEMA_MISMATCH', message)
    }
  }
}
