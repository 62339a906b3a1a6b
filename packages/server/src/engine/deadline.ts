import { StockdbError } from '@stockdb/contract'

/** A signal that fires after `timeoutMs`, for short dealings with a database that must not wait for ever. */
export function deadline(timeoutMs: number): AbortSignal {
  const controller = new AbortController()
  const late = new StockdbError('DATABASE_UNAVAILABLE', `the database did not answer within ${timeoutMs} ms`)
  setTimeout(() => controller.abort(late), timeoutMs).unref()
  return controller.signal
}
