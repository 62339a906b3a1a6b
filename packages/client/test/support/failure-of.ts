import type { StockdbError } from '@stockdb/client'
import { expect } from 'vitest'

/** What a call that must fail fails with. */
export function failureOf(call: Promise<unknown>): Promise<StockdbError> {
  return call.then(
    () => expect.fail('it did not fail'),
    (error) => error as StockdbError,
  )
}
