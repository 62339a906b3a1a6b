import { StockdbError } from '@stockdb/contract/wire'
import { detached } from './detached.ts'

/** A signal that fires after `timeoutMs`, for short database work that must not wait forever. */
export function deadline(timeoutMs: number): AbortSignal {
  const controller = new AbortController()
  const onLate = (): void =>
    controller.abort(new StockdbError('DATABASE_UNAVAILABLE', `the database did not answer within ${timeoutMs} ms`))
  // The timer outlives the call, and would keep it in memory.
  detached(() => setTimeout(onLate, timeoutMs).unref())
  return controller.signal
}
