import type { IncomingMessage, ServerResponse } from 'node:http'
import { REQUEST_ID_HEADER } from '@stockdb/contract/wire'

/**
 * Lets pages of the named origins ask this server from a browser; none by default, because whatever page somebody
 * opens could otherwise read the database behind a server on their own machine.
 *
 * Returns true when the request was a browser's question about this and has been answered.
 */
export function allowOrigins(req: IncomingMessage, res: ServerResponse, origins: readonly string[]): boolean {
  const { origin } = req.headers
  if (origin === undefined || !origins.includes(origin)) return false
  res.setHeader('access-control-allow-origin', origin)
  res.setHeader('access-control-expose-headers', REQUEST_ID_HEADER)
  res.setHeader('vary', 'origin')
  if (req.method !== 'OPTIONS') return false
  res
    .writeHead(204, {
      'access-control-allow-methods': 'GET, POST',
      'access-control-allow-headers': 'accept, authorization, content-type',
      'access-control-max-age': '600',
    })
    .end()
  return true
}
