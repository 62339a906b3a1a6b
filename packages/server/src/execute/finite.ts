import { StockdbError } from '@stockdb/contract/wire'

/**
 * No answer holds a number that is not finite, in JSON or in Arrow: what is divided by zero is null, and what is too large
 * for a double is an error. Throws where what was computed of stored numbers is infinite; `name` is the field.
 */
export function demandFinite(values: Float64Array, name: string): void {
  for (const value of values) {
    // NaN stands for null.
    if (Math.abs(value) === Number.POSITIVE_INFINITY) {
      const message = `${name}: what is computed of the stored numbers is beyond ±1.8e308, the largest double; look for values that are far too large, or leave the field out`
      throw new StockdbError('SCHEMA_MISMATCH', message)
    }
  }
}
