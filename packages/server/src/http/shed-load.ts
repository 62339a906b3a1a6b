import type { IncomingMessage, ServerResponse } from 'node:http'
import { errorCodes, REQUEST_ID_HEADER } from '@stockdb/contract/wire'
import { TRPC_ERROR_CODES_BY_KEY } from '@trpc/server/rpc'
import { errorShape, type Procedures } from '../api/trpc.ts'
import type { Refusal } from '../bounds/admission.ts'
import { NO_STORE } from './counted-response.ts'
import { retryAfterSeconds } from './respond.ts'
import type { Target } from './target.ts'

/** Whether a request may be refused unread. Answers to browser pages need more headers than {@link shedLoad} writes. */
export function isSheddable({ procedure }: Target, { headers }: IncomingMessage, procedures: Procedures): boolean {
  return headers.origin === undefined && procedure !== undefined && !procedures.get(procedure)?.exempt
}

/** Bodies of refusals, split where the request id goes; one per distinct refusal. */
const bodies = new Map<string, readonly [before: string, after: string]>()
const MAX_BODIES = 100
const ID_PLACE = 'REQUEST-ID'

/** Answers a call that is refused for lack of room with minimal work: under overload most calls are such. */
export function shedLoad(req: IncomingMessage, res: ServerResponse, requestId: string, refusal: Refusal): void {
  const { status } = errorCodes[refusal.code]
  const [before, after] = bodyOf(refusal)
  // The rest of the body is not read.
  if (!req.complete && req.method !== 'GET') res.setHeader('connection', 'close')
  res
    .writeHead(status, {
      'content-type': 'application/json',
      'cache-control': NO_STORE,
      // All of it is ASCII.
      'content-length': before.length + requestId.length + after.length,
      'retry-after': String(retryAfterSeconds(refusal.retryAfterMs)),
      [REQUEST_ID_HEADER]: requestId,
    })
    .end(before + requestId + after)
}

function bodyOf(refusal: Refusal): readonly [before: string, after: string] {
  const key = `${refusal.retryAfterMs} ${refusal.message}`
  let body = bodies.get(key)
  if (!body) {
    const error = errorShape(TRPC_ERROR_CODES_BY_KEY.INTERNAL_SERVER_ERROR, refusal, ID_PLACE, undefined)
    const [before = '', after = ''] = JSON.stringify({ error }).split(ID_PLACE)
    body = [before, after]
    if (bodies.size >= MAX_BODIES) bodies.clear()
    bodies.set(key, body)
  }
  return body
}
