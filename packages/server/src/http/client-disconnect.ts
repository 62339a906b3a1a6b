import type { ServerResponse } from 'node:http'
import { StockdbError } from '@stockdb/contract/wire'

/** Node's error codes for a closed connection, depending on the operation. */
const GONE = new Set(['ECONNRESET', 'ECONNABORTED', 'EPIPE', 'ERR_STREAM_DESTROYED', 'ERR_STREAM_PREMATURE_CLOSE'])

/**
 * `CANCELLED` if an error only means that the caller has left, which is not a server failure; else undefined. The same
 * codes also have other causes, so the caller's connection is checked.
 */
export function asDisconnect(error: unknown, res: ServerResponse): StockdbError | undefined {
  if (!res.destroyed || error instanceof StockdbError) return undefined
  for (let at = error; at instanceof Error; at = at.cause) {
    if (GONE.has((at as NodeJS.ErrnoException).code ?? '') || at.name === 'AbortError')
      return new StockdbError('CANCELLED', 'the caller disconnected', { cause: error })
  }
  return undefined
}
