import type { IncomingMessage, ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { FrameChunk, FrameSource } from '@stockdb/contract/wire'
import {
  ARROW_STREAM,
  ArrowFrameEncoder,
  CACHE_HEADER,
  FRAME_PARTS,
  STATE_HEADER,
  StockdbError,
} from '@stockdb/contract/wire'
import { callQuery, type Queries } from '../api/call-query.ts'
import { toStockdbError } from '../api/trpc.ts'
import type { Bounds } from '../bounds/settings.ts'
import { LongAnswer, WireAnswer } from '../cache/wire-answer.ts'
import type { Log } from '../telemetry/log.ts'
import { parseJson, readBody } from './body.ts'
import type { Call } from './call.ts'
import { ERROR_FLUSH_MS } from './error-flush.ts'
import { sendJson } from './respond.ts'

/**
 * A reader who takes longer than this over a batch holds a database connection: the call then needs a heavy place.
 * Heavy calls never hold all connections.
 */
const LATE_MS = 2_000

/**
 * Answers one call that asked for Arrow. It waits for the first batch before it sends the status, so that early
 * failures are ordinary errors. Later failures end the stream with the error and without its end marker.
 */
export async function serveArrow(
  queries: Queries,
  req: IncomingMessage,
  res: ServerResponse,
  call: Call,
  bounds: Bounds,
  log: Log,
): Promise<void> {
  const input = await readInput(req, call, bounds)
  const data = await callQuery(queries, call.path, call, input)
  if (!isFrameSource(data)) return sendJson(res, 200, { result: { data } })

  if (data instanceof WireAnswer) return sendWhole(res, data, call)
  const long = data instanceof LongAnswer ? data : undefined
  const hasBegun = long !== undefined && long.parts.length > 0
  const chunks = long?.rest ?? data.chunks[Symbol.asyncIterator]()
  const encoder = long?.encoder ?? new ArrowFrameEncoder(data.header)
  try {
    if (hasBegun) await sendBeginning(res, long, call)
    else {
      const first = await chunks.next()
      if (first.done) throw new StockdbError('INTERNAL', 'the answer ended without its trailer')
      begin(res, data)
      const opening = encode(encoder, first.value, call)
      if (first.value.trailer) {
        const whole = Buffer.concat(opening)
        call.hold(whole.length)
        res.writeHead(200, { 'content-length': whole.length }).end(whole)
        return
      }
      res.writeHead(200)
      call.streamed = true
      await send(res, opening, call)
    }
    for (let next = await chunks.next(); !next.done; next = await chunks.next()) {
      await send(res, encode(encoder, next.value, call), call)
    }
    res.end()
  } catch (error) {
    if (!res.headersSent || res.destroyed) throw error
    const known = toStockdbError(error)
    // A slow reader is not a failure of the server.
    if (call.outcome === 'ok') {
      call.outcome = known.code
      log.error({ requestId: call.requestId, err: known.cause ?? known }, 'answer aborted')
    }
    const { code, message } = known
    const lastWords = encoder.error({ code, message, requestId: call.requestId })
    // A slow reader must first read the bytes before the error; one that has left or stalls is not waited for.
    if (call.signal.aborted) for (const bytes of lastWords) res.write(bytes)
    else await send(res, lastWords, call).catch(() => {})
    await sleep(ERROR_FLUSH_MS, undefined, { ref: false })
    res.destroy()
  } finally {
    await chunks.return?.()
  }
}

/** Sends an answer that is encoded already, and complete. */
async function sendWhole(res: ServerResponse, { whole, state, asOf }: WireAnswer, call: Call): Promise<void> {
  const { parts, rows, bytes } = whole
  res.setHeader('content-type', ARROW_STREAM)
  res.setHeader('content-length', bytes)
  res.setHeader(STATE_HEADER, state)
  if (asOf !== undefined) res.setHeader(CACHE_HEADER, asOf)
  call.counts.rows += rows
  const [only, ...further] = parts
  if (only && further.length === 0) {
    call.hold(bytes)
    res.writeHead(200).end(only.bytes)
    return
  }
  res.writeHead(200)
  call.streamed = true
  try {
    for (const part of parts) await send(res, [part.bytes], call)
    res.end()
  } catch {
    // Its reader left or stalls. An error cannot follow bytes whose checksum goes on to the end.
    res.destroy()
  }
}

/** Sends what was read of an answer before it turned out to be long. */
async function sendBeginning(res: ServerResponse, long: LongAnswer, call: Call): Promise<void> {
  begin(res, long)
  res.writeHead(200)
  call.streamed = true
  for (const { bytes, rows } of long.parts) {
    call.counts.rows += rows
    await send(res, [bytes], call)
  }
}

function begin(res: ServerResponse, { state }: FrameSource): void {
  res.setHeader('content-type', ARROW_STREAM)
  if (state !== undefined) res.setHeader(STATE_HEADER, state)
}

function encode(encoder: Pick<ArrowFrameEncoder, 'chunk'>, chunk: FrameChunk, call: Call): Uint8Array[] {
  call.counts.rows += chunk.batch.numRows
  return encoder.chunk(chunk)
}

/**
 * Writes, and resolves when the system has taken every byte: only then may a batch's memory be reused, and a slow
 * reader slows the read down. Rejects when the call is aborted because its caller has left or stalls.
 */
async function send(res: ServerResponse, chunks: readonly Uint8Array[], call: Call): Promise<void> {
  call.signal.throwIfAborted()
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const onAbort = (): void => reject(call.signal.reason)
  call.signal.addEventListener('abort', onAbort)
  const startedAt = performance.now()
  const bytes = chunks.reduce((sum, { length }) => sum + length, 0)
  call.hold(bytes)
  const late = setTimeout(() => void call.becomeHeavy().catch((error) => call.abort(toStockdbError(error))), LATE_MS)
  chunks.forEach((chunk, index) => {
    res.write(chunk, index < chunks.length - 1 ? undefined : (error) => (error ? reject(error) : resolve()))
  })
  try {
    await promise
  } finally {
    clearTimeout(late)
    call.times.socketMs += performance.now() - startedAt
    call.hold(-bytes)
    call.signal.removeEventListener('abort', onAbort)
  }
}

/** The raw input of a call: `input` of the query string for GET, the body for POST. */
async function readInput(req: IncomingMessage, { target }: Call, { maxBodyBytes }: Bounds): Promise<unknown> {
  if (target.batch)
    throw new StockdbError('INVALID_INPUT', `Arrow calls cannot be batched, except by POST with Accept: ${FRAME_PARTS}`)
  if (req.method === 'GET') return parseJson(target.input)
  if (req.method !== 'POST') throw new StockdbError('METHOD_NOT_ALLOWED', `got ${req.method}; expected GET or POST`)
  return parseJson(await readBody(req, maxBodyBytes))
}

/** Whether a procedure answered with a frame. */
export function isFrameSource(data: unknown): data is FrameSource {
  return typeof data === 'object' && data !== null && 'header' in data && 'chunks' in data
}
