import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Subscribe } from '../api/trpc.ts'
import { toStockdbError } from '../api/trpc.ts'
import type { Bounds } from '../bounds/settings.ts'
import type { Log } from '../telemetry/log.ts'
import { parseJson, readBody } from './body.ts'
import type { Call } from './call.ts'
import { asDisconnect } from './client-disconnect.ts'
import { EventStream } from './event-stream.ts'
import { shapeOf } from './respond.ts'

/**
 * Answers a subscription with server-sent events, as tRPC's `httpSubscriptionLink` reads them. tRPC itself makes and encodes each
 * event once for each of its readers, through several streams; here a thousand of them share one.
 */
export async function serveEvents(
  subscribe: Subscribe,
  req: IncomingMessage,
  res: ServerResponse,
  call: Call,
  { maxBodyBytes }: Bounds,
  log: Log,
): Promise<void> {
  if (req.method === 'HEAD') {
    res.writeHead(204).end()
    return
  }
  const given = parseJson(req.method === 'POST' ? await readBody(req, maxBodyBytes) : call.target.input)
  const input = resumed(given, req.headers['last-event-id']?.toString() ?? call.target.lastEventId)
  const stream = new EventStream(res, call)
  try {
    await subscribe(call, input, stream)
    stream.end()
  } catch (error) {
    const known = asDisconnect(error, res) ?? toStockdbError(error)
    if (call.outcome === 'ok') call.outcome = known.code
    if (known.code === 'INTERNAL') log.error({ requestId: call.requestId, err: known.cause ?? known }, 'call failed')
    stream.fail(shapeOf(call, known))
  }
}

/** The input of a subscription that goes on after an event whose id came in a header. */
function resumed(input: unknown, lastEventId: string | undefined): unknown {
  if (lastEventId === undefined || lastEventId === '') return input
  if (input === undefined || input === null) return { lastEventId }
  return typeof input === 'object' && !Array.isArray(input) ? { ...input, lastEventId } : input
}
