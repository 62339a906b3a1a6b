import { StockdbError } from '../../errors.ts'

/** The failure of an answer that is not a frame's stream. */
export function malformed(reason: string, cause?: unknown): StockdbError {
  return new StockdbError('INCOMPLETE_ANSWER', `the answer is not a frame: ${reason}`, { cause })
}
