import type { IncomingMessage } from 'node:http'
import { ARROW_STREAM, StockdbError } from '@stockdb/contract/wire'
import { networkOf, type Peer } from '../access/peer.ts'
import { anonymous, type Principal } from '../access/principal.ts'
import type { Procedure } from '../api/trpc.ts'
import type { CallRequest } from '../bounds/admission.ts'
import type { Bounds } from '../bounds/settings.ts'
import type { Call } from './call.ts'

/** Reads what a call wants from its head alone. Throws for a body or a batch above its limit. */
export function callRequestOf(
  req: IncomingMessage,
  { target, peer, caller, inParts }: Call,
  procedure: Procedure | undefined,
  { maxBodyBytes, maxBatchSize, maxWriteBytes, writeBufferBytes }: Bounds,
): CallRequest {
  const { 'content-length': length, 'transfer-encoding': chunked } = req.headers
  // Rows in Arrow are taken in bit by bit, and so many of them are held at once.
  const [largest, held] = isUpload(req, procedure) ? [maxWriteBytes, writeBufferBytes] : [maxBodyBytes, maxBodyBytes]
  const announced = length === undefined ? (chunked === undefined ? 0 : held) : Number(length)
  if (announced > largest) throw bodyTooLarge(largest)
  const bodyBytes = Math.min(announced, held)
  const { calls, batch } = target
  if (calls > maxBatchSize)
    throw new StockdbError('INVALID_INPUT', `batch: got ${calls} calls; expected at most ${maxBatchSize}`)
  return {
    caller: nameOf(peer, caller),
    // Those after the first are admitted one by one.
    calls: inParts ? 1 : calls,
    bodyBytes,
    subscription: !batch && procedure?.subscribe !== undefined,
    exempt: procedure?.exempt === true,
  }
}

/** Whether the rows of a write come as an Arrow stream in the body. */
export function isUpload({ method, headers }: IncomingMessage, procedure: Procedure | undefined): boolean {
  return method === 'POST' && procedure?.takesArrow === true && headers['content-type']?.split(';')[0] === ARROW_STREAM
}

/** Whether a body follows the headers: without a length or an encoding, a request ends with them. */
export function hasBody({ headers }: IncomingMessage): boolean {
  return headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined
}

/** Throws for a body that is not JSON: tRPC would also parse forms and bytes, which nothing here accepts. */
export function requireJson({ method, headers }: IncomingMessage): void {
  const type = headers['content-type']
  if (method !== 'POST' || type === undefined || /^application\/json\b/i.test(type)) return
  throw new StockdbError(
    'INVALID_INPUT',
    `content-type: got ${JSON.stringify(type.slice(0, 60))}; expected application/json`,
  )
}

export function bodyTooLarge(maxBodyBytes: number): StockdbError {
  return new StockdbError('BODY_TOO_LARGE', `the body is larger than ${maxBodyBytes} bytes`)
}

/** The key for per-caller limits: the token, or the address if there is none. */
export function nameOf({ address }: Peer, { name, scopes }: Principal): string {
  return name !== anonymous.name && scopes.length > 0 ? `token ${name}` : networkOf(address)
}
