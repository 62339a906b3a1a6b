import { StockdbError } from '@stockdb/contract/wire'

const FIRST_PAUSE_MS = 100
const LONGEST_PAUSE_MS = 10_000

/**
 * The longest pause that a server may ask for. Who is to wait longer learns of the error at once; and a timer fires at
 * once when its time is beyond 2³¹ ms.
 */
const LONGEST_RETRY_AFTER_MS = 60_000

/** A server that refuses for want of room did nothing, and says when to come again: that is asked more often. */
const PATIENCE = 4

/**
 * Calls again what failed with a retryable code, up to `retries` times, after 0.1 s, 0.2 s, 0.4 s and so on, with some
 * chance in it so that many callers do not come back at once. What was refused for want of room is asked up to four
 * times as often, and never before the time that the server named.
 */
export async function withRetries<Result>(
  retries: number,
  signal: AbortSignal,
  call: () => Promise<Result>,
): Promise<Result> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await call()
    } catch (error) {
      if (signal.aborted || !(error instanceof StockdbError) || !mayTryAgain(error, attempt, retries)) throw error
      await pause(pauseMs(attempt, error.retryAfterMs), signal)
    }
  }
}

/** Whether a call that failed at the attempt of that number, the first being 0, is worth another one. */
export function mayTryAgain(error: StockdbError, attempt: number, retries: number): boolean {
  const { code, retryable, retryAfterMs = 0 } = error
  if (retryAfterMs > LONGEST_RETRY_AFTER_MS) return false
  const refused = code === 'OVERLOADED' || code === 'RATE_LIMITED'
  return retryable && attempt < retries * (refused ? PATIENCE : 1)
}

/** How long to wait before the next attempt after the one of that number, which the server may have named a time for. */
export function pauseMs(attempt: number, retryAfterMs = 0): number {
  const backoff = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** attempt) * (0.5 + Math.random())
  return Math.max(backoff, Math.min(LONGEST_RETRY_AFTER_MS, retryAfterMs) * (1 + Math.random() / 2))
}

/** Waits; rejects with the signal's reason when it fires. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.reject(signal.reason)
  return new Promise((resolve, reject) => {
    const onAbort = (): void => {
      clearTimeout(timer)
      reject(signal.reason)
    }
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', onAbort)
      resolve()
    }, ms)
    signal.addEventListener('abort', onAbort, { once: true })
  })
}
