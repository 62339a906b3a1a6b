import { StockdbError } from '@stockdb/contract/wire'

/** The maximum time to an answer or an error after a fault. */
export const FAILURE_MS = 2_000

/** How a call ended, and its duration. */
export interface Outcome<Result> {
  readonly result?: Result
  readonly error?: StockdbError
  readonly ms: number
}

/** Awaits a call and returns its outcome. An error must be a `StockdbError`. */
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

/** A message of the client without the id of the request, which differs each time. */
export function withoutRequest(message: string): string {
  return message.replace(/ \(request [^()]*\)$/, '')
}
