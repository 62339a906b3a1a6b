import type { ServerResponse } from 'node:http'
import { StockdbError } from '@stockdb/contract/wire'

/** What Node calls it when the other side of a connection has gone, by what was tried on it. */
const GONE = new Set(['ECONNRESET', 'ECONNABORTED', 'EPIPE', 'ERR_STREAM_DESTROYED', 'ERR_STREAM_PREMATURE_CLOSE'])

/**
 * `CANCELLED` where an error only says that the caller has left, which is no failure of the server; else undefined. The
 * same codes come from elsewhere as well, so that the caller's connection is asked.
 */
export function asDeparture(error: unknown, res: ServerResponse): StockdbError | undefined {
  if (!res.destroyed || error instanceof StockdbError) return undefined
  for (let at = error; at instanceof Error; at = at.cause) {
    if (GONE.has((at as NodeJS.ErrnoException).code ?? '') || at.name === 'AbortError')
      return new StockdbError('CANCELLED', 'the caller went away', { cause: error })
  }
  return undefined
}
