import { StockdbError } from '@stockdb/contract/wire'

/** The error for bytes that no server sends: something on the way changed, lost or added some. */
export const malformed = (what: string, cause?: unknown): StockdbError =>
  new StockdbError('DATABASE_INTERRUPTED', `cannot read the answer of the database: ${what}`, { cause })
