import { StockdbError } from '@stockdb/contract'

const FIRST_PAUSE_MS = 100

/**
 * Calls again what failed with a retryable code, up to `retries` times, after 0.1 s, 0.2 s, 0.4 s and so on, with some
 * chance in it so that many callers do not come back at once.
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
      if (attempt >= retries || signal.aborted || !(error instanceof StockdbError) || !error.retryable) throw error
      await pause(FIRST_PAUSE_MS * 2 ** attempt * (0.5 + Math.random()), signal)
    }
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
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
