import { StockdbError } from '@stockdb/contract/wire'
import { sleep } from './abort.ts'

const FIRST_PAUSE_MS = 100
const LONGEST_PAUSE_MS = 10_000

/** The longest pause that a server may request. Beyond it, the call fails immediately. */
const LONGEST_RETRY_AFTER_MS = 60_000

/** An overloaded server did no work, and says when to retry: such calls get more attempts. */
const OVERLOAD_FACTOR = 4

/**
 * Retries a call that fails with a retryable code, up to `retries` times, with exponential backoff (0.1 s, 0.2 s, 0.4 s, …)
 * and jitter. A call that an overloaded server refused gets four times as many attempts, and waits at least as long as
 * the server requested.
 */
export async function withRetries<Result>(
  retries: number,
  signal: AbortSignal,
  call: () => Promise<Result>,
): Promise<Result> {
  const mayTryAgain = attempts(retries)
  for (let attempt = 0; ; attempt++) {
    try {
      return await call()
    } catch (error) {
      if (signal.aborted || !(error instanceof StockdbError) || !mayTryAgain(error)) throw error
      await sleep(pauseMs(attempt, error.retryAfterMs), signal)
    }
  }
}

/**
 * Returns a function that says after each failure of one call whether it gets another attempt. Refusals by an overloaded
 * server are counted apart: those before a failure take none of its retries away.
 */
export function attempts(retries: number): (error: StockdbError) => boolean {
  let left = retries
  let leftIfRefused = retries * OVERLOAD_FACTOR
  return ({ code, retryable, retryAfterMs = 0 }) =>
    retryable &&
    retryAfterMs <= LONGEST_RETRY_AFTER_MS &&
    (code === 'OVERLOADED' || code === 'RATE_LIMITED' ? leftIfRefused-- : left--) > 0
}

/** The pause after this attempt, counted from 0; at least `retryAfterMs`. */
export function pauseMs(attempt: number, retryAfterMs = 0): number {
  const backoff = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** attempt) * (0.5 + Math.random())
  return Math.max(backoff, Math.min(LONGEST_RETRY_AFTER_MS, retryAfterMs) * (1 + Math.random() / 2))
}
