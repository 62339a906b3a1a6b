import { StockdbError } from '@stockdb/contract/wire'
import { InProgress } from '../bounds/in-progress.ts'

/** A database snapshot held by one or several reads. */
export interface HeldState {
  readonly since: number
  /** Aborts the reads that hold it. */
  expire?: (reason: StockdbError) => void
}

/**
 * The snapshots that reads hold, oldest first. While one is held, the database cannot purge later versions, and DDL on
 * its tables waits.
 */
export class HeldStates {
  readonly #held = new InProgress<HeldState>()

  hold(): HeldState {
    const state = { since: performance.now() }
    this.#held.add(state)
    return state
  }

  /** Idempotent. */
  letGo(state: HeldState): void {
    this.#held.delete(state)
  }

  /** Aborts the reads that hold the oldest snapshot. */
  expireOldest(reason: StockdbError): void {
    const oldest = this.#held.first
    if (!oldest) return
    this.#held.delete(oldest)
    oldest.expire?.(reason)
  }

  /** Age of the oldest snapshot, in milliseconds; 0 if there is none. */
  get oldestMs(): number {
    const oldest = this.#held.first
    return oldest ? performance.now() - oldest.since : 0
  }
}

/** The error of a read whose snapshot expired. */
export function snapshotExpired(maxSnapshotAgeMs: number): StockdbError {
  return new StockdbError(
    'SNAPSHOT_EXPIRED',
    `the database held a snapshot for this answer for more than ${maxSnapshotAgeMs} ms; read faster, or ask for less at once`,
  )
}
