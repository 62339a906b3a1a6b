import { setTimeout as sleep } from 'node:timers/promises'
import { BUSY } from './errors.ts'

/** How long a process that holds the file is waited for. */
export const BUSY_WAIT_MS = 5_000
/** For how long SQLite may hold up this thread with waiting, and everybody whom it serves. */
export const BLOCKED_MS = 50
const RETRY_MS = 20

/**
 * Does something with the file as soon as no other process holds it; other calls are served meanwhile. SQLite would wait in
 * this thread. Throws what the last attempt threw.
 */
export async function whenFree<Result>(work: () => Result, waitMs = BUSY_WAIT_MS): Promise<Result> {
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

/** Whether a failure, or what caused it, is that another process holds the file. */
export function isBusy(error: unknown): boolean {
  const { errcode, cause } = (error ?? {}) as { readonly errcode?: number; readonly cause?: unknown }
  return errcode === undefined ? cause !== undefined && isBusy(cause) : (errcode & 0xff) === BUSY
}
