import { setTimeout as sleep } from 'node:timers/promises'
import { BUSY } from './errors.ts'

/** Maximum wait for another process that locks the file. */
export const BUSY_WAIT_MS = 5_000
/** How long SQLite may block this thread while waiting for a lock. */
export const BLOCKED_MS = 50
const RETRY_MS = 20

/**
 * Retries an operation until no other process locks the file, serving other calls meanwhile; SQLite itself would block
 * this thread. Throws the error of the last attempt.
 */
export async function whenUnlocked<Result>(work: () => Result, waitMs = BUSY_WAIT_MS): Promise<Result> {
  const until = performance.now() + waitMs
  while (true) {
    try {
      return work()
    } catch (error) {
      if (!isBusy(error) || performance.now() > until) throw error
    }
    await sleep(RETRY_MS)
  }
}

/** Whether an error or its cause is a lock of another process. */
export function isBusy(error: unknown): boolean {
  const { errcode, cause } = (error ?? {}) as { readonly errcode?: number; readonly cause?: unknown }
  return errcode === undefined ? cause !== undefined && isBusy(cause) : (errcode & 0xff) === BUSY
}
