import { StockdbError } from '@stockdb/contract/wire'

/** A state of the database that a read, or several, see. */
export interface HeldState {
  readonly since: number
  /** Breaks the reads off that hold it. */
  expire?: (reason: StockdbError) => void
}

/**
 * The states of the database that reads hold, oldest first. While one is held, the database cannot clean up what was
 * changed after it, and statements that drop or alter a table that was read wait.
 */
export class HeldStates {
  // A Set keeps the order in which its members came.
  readonly #held = new Set<HeldState>()

  hold(): HeldState {
    const state = { since: performance.now() }
    this.#held.add(state)
    return state
  }

  /** Safe to call more than once. */
  letGo(state: HeldState): void {
    this.#held.delete(state)
  }

  /** Breaks off the reads that hold the oldest state. */
  expireOldest(reason: StockdbError): void {
    const [oldest] = this.#held
    if (!oldest) return
    this.#held.delete(oldest)
    oldest.expire?.(reason)
  }

  /** How long the oldest has been held, in milliseconds; 0 when there is none. */
  get oldestMs(): number {
    const [oldest] = this.#held
    return oldest ? performance.now() - oldest.since : 0
  }
}

/** The error of a read whose state was held for too long. */
export function snapshotExpired(maxSnapshotAgeMs: number): StockdbError {
  return new StockdbError(
    'SNAPSHOT_EXPIRED',
    `the database kept its state for this answer longer than ${maxSnapshotAgeMs} ms; read faster, or ask for less at once`,
  )
}
