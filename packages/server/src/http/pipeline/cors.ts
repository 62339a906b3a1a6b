import {
  CACHE_HEADER,
  EXPLAIN_HEADER,
  IDEMPOTENCY_HEADER,
  REQUEST_ID_HEADER,
  STATE_HEADER,
} from '@stockdb/contract/wire'
import type { Step } from './pipeline.ts'

/**
 * Lets browser pages of the given origins, such as `https://notebook.example`, call the server, and answers their preflight
 * requests. No origin is allowed by default: any page that a user opens could otherwise read the database behind a server on
 * the user's own machine.
 */
export const cors =
  (origins: readonly string[]): Step =>
  ({ req, res }) => {
    const { origin } = req.headers
    if (origin === undefined || !origins.includes(origin)) return false
    res.setHeader('access-control-allow-origin', origin)
    res.setHeader('access-control-expose-headers', `${REQUEST_ID_HEADER}, ${CACHE_HEADER}, ${STATE_HEADER}`)
    res.setHeader('vary', 'origin')
    if (req.method !== 'OPTIONS') return false
    res
      .writeHead(204, {
        'access-control-allow-methods': 'GET, POST',
        'access-control-allow-headers': `accept, authorization, content-type, ${EXPLAIN_HEADER}, ${IDEMPOTENCY_HEADER}`,
        'access-control-max-age': '600',
      })
      .end()
    return true
  }
