import type { StockdbError } from '@stockdb/client'
import { expect } from 'vitest'

/** The error of a call that must fail. */
export function failureOf(call: Promise<unknown>): Promise<StockdbError> {
  return call.then(
    () => expect.fail('it did not fail'),
    (error) => error as StockdbError,
  )
}
