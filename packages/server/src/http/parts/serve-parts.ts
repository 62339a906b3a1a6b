import type { IncomingMessage, ServerResponse } from 'node:http'
import { ArrowFrameEncoder, errorCodes, keepableHead, PartKind, StockdbError } from '@stockdb/contract/wire'
import { TRPC_ERROR_CODES_BY_KEY } from '@trpc/server/rpc'
import type { Api } from '../../api/api.ts'
import { callQuery, type Queries } from '../../api/call-query.ts'
import { errorShape, toStockdbError } from '../../api/trpc.ts'
import type { Admission, CallRequest, Refusal } from '../../bounds/admission.ts'
import type { Bounds } from '../../bounds/settings.ts'
import { LongAnswer, WireAnswer } from '../../cache/wire-answer.ts'
import type { Log } from '../../telemetry/log.ts'
import { onBehalfOf } from '../../telemetry/running-call.ts'
import type { Telemetry } from '../../telemetry/telemetry.ts'
import { parseJson, readBody } from '../body.ts'
import { type Call, nextRequestId, UNKNOWN_PROCEDURE } from '../call.ts'
import { nameOf } from '../call-request.ts'
import { asDisconnect } from '../client-disconnect.ts'
import { isFrameSource } from '../frames.ts'
import { MemberCall } from './member-call.ts'
import { PartsResponse } from './parts-response.ts'

/** What is needed to answer calls. */
export interface PartsOptions {
  readonly api: Api
  readonly bounds: Bounds
  readonly log: Log
  readonly telemetry: Telemetry
  readonly admission: Admission
}

/**
 * Answers several calls for frames that came in one request, which a client sends for calls of the same moment. Each is carried
 * out, fails, and is logged on its own, and its answer is sent once it is whole. A call whose answer may be long is not
 * carried out: its caller sends it alone.
 */
export async function serveParts(
  options: PartsOptions,
  req: IncomingMessage,
  res: ServerResponse,
  call: Call,
): Promise<void> {
  const { api, bounds, telemetry, admission } = options
  if (req.method !== 'POST') throw new StockdbError('METHOD_NOT_ALLOWED', `got ${req.method}; expected POST`)
  const inputs = parseJson(await readBody(req, bounds.maxBodyBytes))
  if (typeof inputs !== 'object' || inputs === null)
    throw new StockdbError('INVALID_INPUT', 'batch: expected an object with the input of each call, from "0" on')
  const paths = (call.target.procedure ?? '').split(',')
  const permit = call.divide()
  const response = new PartsResponse(res, call, paths.length)
  const answer = (path: string, index: number): Promise<void> | undefined => {
    // The first has the room that the request was admitted to.
    const refusal = index === 0 ? undefined : admission.shedLoad(nameOf(call.peer, call.caller), 1, false)
    if (refusal) {
      const requestId = nextRequestId()
      telemetry.addRefused(requestId, call.caller.name, refusal.code)
      response.add(index, PartKind.error, [shapeOf(refusal, requestId, path)])
      return undefined
    }
    const member = new MemberCall(call, path, api.nameOf(path) ?? UNKNOWN_PROCEDURE, telemetry)
    response.begin(member)
    return onBehalfOf(member, async () => {
      try {
        member.admit(index === 0 ? permit : admission.enter(requestOf(call)))
        const { kind, content } = await wholeFrame(api, member, (inputs as Record<number, unknown>)[index])
        response.add(index, kind, content, member)
      } catch (error) {
        if (member.alone) response.add(index, PartKind.alone, [], member)
        else response.add(index, PartKind.error, [errorOf(error, member, res, options.log)], member)
      }
    })
  }
  await Promise.all(paths.map(answer))
}

const requestOf = ({ peer, caller }: Call): CallRequest => ({
  caller: nameOf(peer, caller),
  calls: 1,
  bodyBytes: 0,
  subscription: false,
  exempt: false,
})

/** What a part holds. */
interface Answered {
  readonly kind: PartKind
  readonly content: readonly Uint8Array[]
}

async function wholeFrame(queries: Queries, member: MemberCall, input: unknown): Promise<Answered> {
  const data = await callQuery(queries, member.path, member, input)
  if (!isFrameSource(data))
    throw new StockdbError('INVALID_INPUT', `batch: ${member.path} does not answer with a frame; send it alone`)
  if (data instanceof WireAnswer) return partOfWhole(data, member)
  if (data instanceof LongAnswer) {
    await data.rest.return?.()
    member.refuseLength()
  }
  const chunks = data.chunks[Symbol.asyncIterator]()
  try {
    const { done, value } = await chunks.next()
    if (done) throw new StockdbError('INTERNAL', 'the answer ended without its trailer')
    if (!value.trailer) member.refuseLength()
    member.counts.rows += value.batch.numRows
    return partOfFrame(new ArrowFrameEncoder(data.header).chunk(value), data.state)
  } finally {
    await chunks.return?.()
  }
}

/** An answer that is encoded already. */
function partOfWhole({ whole: { parts, rows }, state, asOf }: WireAnswer, member: MemberCall): Answered {
  const [only, further] = parts
  if (!only || further) return member.refuseLength()
  member.counts.rows += rows
  return partOfFrame([only.bytes], state, asOf)
}

/** A frame that a client may keep has the name of its state. */
const partOfFrame = (frame: readonly Uint8Array[], state: string | undefined, asOf?: string): Answered =>
  state === undefined
    ? { kind: PartKind.frame, content: frame }
    : { kind: PartKind.keepable, content: [keepableHead(state, asOf), ...frame] }

/** The error of a call as its caller gets it; what is the server's fault is logged. */
function errorOf(error: unknown, member: MemberCall, res: ServerResponse, log: Log): Uint8Array {
  const known = asDisconnect(error, res) ?? toStockdbError(error)
  member.outcome = known.code
  const { requestId, path } = member
  if (known.code === 'INTERNAL') log.error({ requestId, err: known.cause ?? known }, 'call failed')
  return shapeOf(known, requestId, path)
}

function shapeOf(error: Refusal | StockdbError, requestId: string, path: string): Uint8Array {
  const family = errorCodes[error.code].status >= 500 ? 'INTERNAL_SERVER_ERROR' : 'BAD_REQUEST'
  return Buffer.from(JSON.stringify(errorShape(TRPC_ERROR_CODES_BY_KEY[family], error, requestId, path)))
}
