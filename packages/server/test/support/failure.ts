import { StockdbError } from '@stockdb/contract/wire'

/** The longest that a caller may be left without an answer or an error once something broke. */
export const FAILURE_MS = 2_000

/** How a call ended, with the time that it took. */
export interface Outcome<Result> {
  readonly result?: Result
  readonly error?: StockdbError
  readonly ms: number
}

/** Awaits a call and tells how it ended. What it throws must be a `StockdbError`. */
export async function outcomeOf<Result>(call: Promise<Result>): Promise<Outcome<Result>> {
  const startedAt = performance.now()
  try {
    const result = await call
    return { result, ms: performance.now() - startedAt }
  } catch (error) {
    if (!(error instanceof StockdbError)) throw error
    return { error, ms: performance.now() - startedAt }
  }
}
