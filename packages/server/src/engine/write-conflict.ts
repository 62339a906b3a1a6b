import { StockdbError } from '@stockdb/contract/wire'

/**
 * A conflict with another write, which rolled this one back: a deadlock, a lock wait timeout, a cluster that preferred
 * another transaction. Repeating the whole transaction may succeed.
 */
export class WriteConflict extends StockdbError {
  /** Whether another session held a lock for as long as the database waits; otherwise the database took this write back at once. */
  readonly isLockWait: boolean

  constructor(cause: unknown, { isLockWait = false } = {}) {
    const why = isLockWait
      ? 'another session held a lock for longer than the database waits, at every attempt'
      : 'every attempt conflicted with another write'
    super('DATABASE_INTERRUPTED', `${why}; nothing was written`, { cause })
    this.isLockWait = isLockWait
  }
}
