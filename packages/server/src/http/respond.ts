import type { ServerResponse } from 'node:http'
import type { ErrorShape, StockdbError } from '@stockdb/contract/wire'
import { TRPC_ERROR_CODES_BY_KEY } from '@trpc/server/rpc'
import { errorShape } from '../api/trpc.ts'
import type { Call } from './call.ts'

/** Sends a whole JSON answer. */
export function sendJson(res: ServerResponse, status: number, body: unknown): void {
  const bytes = Buffer.from(JSON.stringify(body))
  res.writeHead(status, { 'content-type': 'application/json', 'content-length': bytes.length }).end(bytes)
}

/** Sets `Retry-After` for a caller that was refused because the server is full. */
export function setRetryAfter(res: ServerResponse, { code, retryAfterMs }: StockdbError): void {
  if (code !== 'OVERLOADED' && code !== 'RATE_LIMITED') return
  res.setHeader('retry-after', retryAfterSeconds(retryAfterMs))
}

/** `Retry-After` only supports whole seconds. */
export function retryAfterSeconds(retryAfterMs = 0): number {
  return Math.max(1, Math.ceil(retryAfterMs / 1000))
}

/** Sends an error in tRPC's envelope, for answers that bypass tRPC's adapter. */
export function sendError(res: ServerResponse, call: Call, error: StockdbError): void {
  if (call.outcome === 'ok') call.outcome = error.code
  if (res.headersSent || res.destroyed) {
    res.destroy()
    return
  }
  if (error.code === 'UNAUTHORIZED') res.setHeader('www-authenticate', 'Bearer')
  setRetryAfter(res, error)
  sendJson(res, error.status || 500, { error: shapeOf(call, error) })
}

/** An error of a call in the shape of tRPC. */
export function shapeOf(call: Call, error: StockdbError): ErrorShape {
  const family = error.status >= 500 ? 'INTERNAL_SERVER_ERROR' : 'BAD_REQUEST'
  return errorShape(TRPC_ERROR_CODES_BY_KEY[family], error, call.requestId, call.path)
}
