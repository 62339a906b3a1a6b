import { StockdbError } from '@stockdb/contract/wire'

/** Another session held a lock, often on a table, for longer than the database waits. Nothing is wrong with the database itself. */
export class LockWait extends StockdbError {
  constructor(cause: unknown) {
    super('DATABASE_INTERRUPTED', 'another session held a lock for longer than the database waits; try again', {
      cause,
    })
  }
}
