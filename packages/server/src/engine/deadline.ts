import { StockdbError } from '@stockdb/contract/wire'
import { detached } from './detached.ts'

/** A signal that fires after `timeoutMs`, for short work with a database that must not wait forever. */
export function deadline(timeoutMs: number): AbortSignal {
  const controller = new AbortController()
  const onLate = (): void =>
    controller.abort(new StockdbError('DATABASE_UNAVAILABLE', `the database did not answer within ${timeoutMs} ms`))
  // The timer outlives the call that is in a hurry, and would hold all of it in memory until then.
  detached(() => setTimeout(onLate, timeoutMs).unref())
  return controller.signal
}
