import { StockdbError } from '@stockdb/contract/wire'

/**
 * Another write was in the way, and nothing of this one was kept: a deadlock, a lock that did not become free in time, a
 * cluster that let another transaction go first. The same transaction, made again from its beginning, may succeed.
 */
export class WriteConflict extends StockdbError {
  constructor(cause: unknown) {
    super('DATABASE_INTERRUPTED', 'another write was in the way each time; nothing of this one was kept', { cause })
  }
}
