import { StockdbError } from '@stockdb/contract/wire'

/**
 * A conflict with another write, which rolled this one back: a deadlock, a lock wait timeout, a cluster that preferred
 * another transaction. Repeating the whole transaction may succeed.
 */
export class WriteConflict extends StockdbError {
  constructor(cause: unknown) {
    super('DATABASE_INTERRUPTED', 'every attempt conflicted with another write; nothing was written', { cause })
  }
}
