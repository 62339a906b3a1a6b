import { setTimeout as sleep } from 'node:timers/promises'
import { WriteConflict } from './write-conflict.ts'

/**
 * The longest first wait. It doubles each time and is shortened randomly, so that two conflicting writers do not meet
 * again.
 */
const FIRST_WAIT_MS = 50
const LONGEST_WAIT_MS = 5_000

interface RetryOptions {
  /** 8 by default. */
  readonly attempts?: number
  readonly firstWaitMs?: number
  /** Called before each further attempt. */
  readonly onConflict?: ((conflict: WriteConflict) => void) | undefined
}

/** Repeats a whole transaction while another write conflicts, until the signal fires; then throws the last `WriteConflict`. */
export async function retryConflicts<Result>(
  attempt: () => Promise<Result>,
  signal: AbortSignal,
  { attempts = 8, firstWaitMs = FIRST_WAIT_MS, onConflict }: RetryOptions = {},
): Promise<Result> {
  for (let tried = 1; ; tried++) {
    try {
      return await attempt()
    } catch (error) {
      if (!(error instanceof WriteConflict) || tried === attempts) throw error
      onConflict?.(error)
      const waitMs = Math.random() * Math.min(LONGEST_WAIT_MS, firstWaitMs * 2 ** tried)
      await sleep(waitMs, undefined, { signal }).catch(() => {})
      signal.throwIfAborted()
    }
  }
}
