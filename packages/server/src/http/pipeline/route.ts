import type { IncomingMessage, ServerResponse } from 'node:http'
import { nodeHTTPRequestHandler } from '@trpc/server/adapters/node-http'
import { toStockdbError } from '../../api/trpc.ts'
import type { Call } from '../call.ts'
import { isUpload, requireJson } from '../call-request.ts'
import { asDisconnect } from '../client-disconnect.ts'
import { serveArrow } from '../frames.ts'
import { type PartsOptions, serveParts } from '../parts/serve-parts.ts'
import { setRetryAfter } from '../respond.ts'
import { serveEvents } from '../serve-events.ts'
import { serveUpload } from '../upload.ts'
import type { Step } from './pipeline.ts'

/** What {@link route} needs. */
export type RouteOptions = PartsOptions

/** Answers a call through its tRPC procedure: as events if it is a subscription, as an Arrow stream if the client accepts one, otherwise through tRPC's adapter. */
export const route =
  (options: RouteOptions): Step =>
  async ({ req, res, call }) => {
    const { api, bounds, log } = options
    const { router, procedures } = api
    if (call.inParts) {
      requireJson(req)
      await serveParts(options, req, res, call)
      return true
    }
    if (isUpload(req, procedures.get(call.path))) {
      await serveUpload(router, req, res, call, bounds)
      return true
    }
    const subscribe = call.target.batch ? undefined : procedures.get(call.path)?.subscribe
    if (subscribe) {
      requireJson(req)
      await serveEvents(subscribe, req, res, call, bounds, log)
    } else if (call.format === 'arrow') await serveArrow(api, req, res, call, bounds, log)
    else await serveJson(options, req, res, call)
    return true
  }

async function serveJson(
  { api, bounds, log }: RouteOptions,
  req: IncomingMessage,
  res: ServerResponse,
  call: Call,
): Promise<void> {
  requireJson(req)
  const { path, url } = call.target.forTrpc
  req.url = url
  await nodeHTTPRequestHandler({
    router: api.router,
    req,
    res,
    path,
    createContext: async () => call,
    allowMethodOverride: true,
    maxBodySize: bounds.maxBodyBytes,
    maxBatchSize: bounds.maxBatchSize,
    onError: ({ error }) => {
      const known = asDisconnect(error, res) ?? toStockdbError(error)
      if (call.outcome === 'ok') call.outcome = known.code
      if (!res.headersSent) setRetryAfter(res, known)
      // The rest of a refused body is not read.
      if (!req.complete && !res.headersSent) res.setHeader('connection', 'close')
      if (known.code === 'INTERNAL') log.error({ requestId: call.requestId, err: known.cause ?? known }, 'call failed')
    },
  })
}
