import { setTimeout as sleep } from 'node:timers/promises'
import { WriteConflict } from '../engine/write-conflict.ts'

const ATTEMPTS = 8
/** The first wait at most; it doubles, and chance takes a part of it away, so that two who met do not meet again. */
const FIRST_WAIT_MS = 50

/** Does a whole transaction again when another write was in its way, up to 8 times in all; throws the last `WriteConflict`. */
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
