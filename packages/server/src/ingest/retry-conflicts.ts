import { setTimeout as sleep } from 'node:timers/promises'
import { WriteConflict } from '../engine/write-conflict.ts'

const ATTEMPTS = 8
/**
 * The longest first wait. It doubles each time and is shortened randomly, so that two conflicting writers do not meet
 * again.
 */
const FIRST_WAIT_MS = 50

/** Repeats a whole transaction if another write conflicted, up to 8 times; then throws the last `WriteConflict`. */
export async function retryConflicts<Result>(
  attempt: () => Promise<Result>,
  signal: AbortSignal,
  firstWaitMs = FIRST_WAIT_MS,
): Promise<Result> {
  for (let tried = 1; ; tried++) {
    try {
      return await attempt()
    } catch (error) {
      if (!(error instanceof WriteConflict) || tried === ATTEMPTS) throw error
      await sleep(Math.random() * firstWaitMs * 2 ** tried, undefined, { signal }).catch(() => {})
      signal.throwIfAborted()
    }
  }
}
