import type { IncomingMessage, ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { StockdbError } from '@stockdb/contract/wire'
import { type AnyTRPCRouter, callTRPCProcedure } from '@trpc/server'
import { toStockdbError } from '../api/trpc.ts'
import { ArrowBody } from '../api/write-procedures.ts'
import type { Bounds } from '../bounds/settings.ts'
import type { Call } from './call.ts'
import { RateWindow } from './rate-window.ts'
import { sendError, sendJson } from './respond.ts'

type Chunks = AsyncIterator<unknown>

/** How long a sender may go on sending a body that was refused, so that it sees why. */
const DRAIN_MS = 5_000

/** Answers a write whose rows come as an Arrow stream: they are taken from the socket as fast as they are written. */
export async function serveUpload(
  router: AnyTRPCRouter,
  req: IncomingMessage,
  res: ServerResponse,
  call: Call,
  bounds: Bounds,
): Promise<void> {
  if (call.target.batch)
    throw new StockdbError('INVALID_INPUT', 'batch: got a body in Arrow; send each write by itself')
  // One iterator for all: a second one of the same stream would never end.
  const chunks = req.iterator({ destroyOnReturn: false })
  const input = new ArrowBody(bodyOf(req, chunks, bounds, call), optionsOf(call.target.input))
  try {
    const data: unknown = await callTRPCProcedure({
      router,
      path: call.path,
      getRawInput: async () => input,
      ctx: call,
      type: 'mutation',
      signal: call.signal,
      batchIndex: 0,
    })
    await drained(req, chunks)
    sendJson(res, 200, { result: { data } })
  } catch (error) {
    const known = toStockdbError(error)
    if (known.code === 'INTERNAL') throw error
    // A connection that is closed while its body still comes is reset, and the sender never reads the answer.
    await drained(req, chunks)
    if (!req.complete) res.setHeader('connection', 'close')
    sendError(res, call, known)
  }
}

/**
 * The pieces of a body. Only time in which the server waits for its sender counts: neither a slow database nor a short body makes a
 * sender slow. One that trickles is never silent for long, but would hold a place for writing, and on SQLite the only one.
 */
async function* bodyOf(
  req: IncomingMessage,
  chunks: Chunks,
  { writePauseMs, minWriteBytes, writeWindowMs }: Bounds,
  call: Call,
): AsyncGenerator<Uint8Array> {
  const window = new RateWindow(writeWindowMs)
  const stalled = (message: string): StockdbError => {
    call.outcome = 'STALLED'
    return new StockdbError('QUERY_TIMEOUT', message)
  }
  while (true) {
    const askedAt = performance.now()
    const { done, value } = await within(writePauseMs, chunks.next(), () =>
      stalled(`the body paused for more than ${writePauseMs} ms; see --write-pause`),
    )
    if (done) break
    const chunk = value as Uint8Array
    const rate = window.add(performance.now() - askedAt, chunk.length)
    if (rate !== undefined && rate < minWriteBytes)
      throw stalled(
        `the body came at ${Math.round(rate)} bytes per second; expected ${minWriteBytes} at least, averaged over ${writeWindowMs} ms; see --min-write-rate`,
      )
    yield chunk
  }
  if (!req.complete) throw new StockdbError('CANCELLED', 'the caller went away')
}

async function within<Result>(pauseMs: number, next: Promise<Result>, late: () => StockdbError): Promise<Result> {
  const { promise, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(late()), pauseMs)
  try {
    return await Promise.race([next, promise])
  } finally {
    clearTimeout(timer)
  }
}

/** Takes the rest of a body, and forgets it. */
async function drained(req: IncomingMessage, chunks: Chunks): Promise<void> {
  if (req.complete || req.destroyed) return
  const late = new AbortController()
  const rest = async (): Promise<void> => {
    while (!late.signal.aborted && !(await chunks.next()).done);
  }
  await Promise.race([rest().catch(() => {}), sleep(DRAIN_MS, undefined, { signal: late.signal }).catch(() => {})])
  late.abort()
}

function optionsOf(text: string | undefined): unknown {
  if (text === undefined) return undefined
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new StockdbError('INVALID_INPUT', 'input: got something that is not JSON', { cause: error })
  }
}
