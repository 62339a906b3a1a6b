import { randomBytes } from 'node:crypto'
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import {
  ARROW_STREAM,
  EXPLAIN_HEADER,
  FRAME_PARTS,
  IDEMPOTENCY_HEADER,
  REQUEST_ID_HEADER,
  StockdbError,
} from '@stockdb/contract/wire'
import type { Peer } from '../access/peer.ts'
import type { Principal } from '../access/principal.ts'
import type { CallContext } from '../api/context.ts'
import type { Permit } from '../bounds/permit.ts'
import type { CallTimes, ReadClock, RunningCall } from '../telemetry/running-call.ts'
import type { Telemetry } from '../telemetry/telemetry.ts'
import { type CountedResponse, NO_STORE } from './counted-response.ts'
import type { Target } from './target.ts'

/** Distinguishes the requests of this process from others in a shared log. */
const run = randomBytes(4).toString('hex')
let count = 0

/** Replaces unknown paths in counts and metrics. */
export const UNKNOWN_PROCEDURE = 'unknown'

/** Identifies a request in the log and to its caller. */
export function nextRequestId(): string {
  return `${run}-${(++count).toString(36)}`
}

/** One request in the server: its id, its end, and what will be logged about it. */
export class Call implements CallContext, RunningCall {
  readonly requestId = nextRequestId()
  readonly caller: Principal
  readonly peer: Peer
  readonly socket: Socket
  readonly carrier: Socket
  readonly target: Target
  readonly method: string
  readonly headers: IncomingHttpHeaders
  readonly format: 'json' | 'arrow'
  /** Whether its calls are answered in parts, each once it is ready. */
  readonly inParts: boolean
  readonly counts: CallContext['counts'] = { rows: 0 }
  /** The procedure's path, or the URL's if it names no procedure. */
  path: string
  procedure = UNKNOWN_PROCEDURE
  /** Whether this call is a subscription. */
  subscription = false
  /** Whether the answer is written batch by batch. */
  streamed = false
  readonly times: CallTimes = { queueMs: 0, databaseMs: 0, socketMs: 0 }
  readonly reads: ReadClock[] = []
  readonly plans: CallContext['plans'] = []
  readonly explains: boolean
  readonly idempotencyKey: string | undefined
  readonly batched: boolean
  readonly startedAt = performance.now()
  outcome: string = 'ok'
  readonly #controller = new AbortController()
  readonly #res: CountedResponse
  #permit: Permit | undefined
  readonly #telemetry: Telemetry
  #divided = false
  #ended = false

  constructor(
    req: IncomingMessage,
    res: CountedResponse,
    target: Target,
    peer: Peer,
    carrier: Socket,
    caller: Principal,
    telemetry: Telemetry,
    onEnd: (call: Call) => void,
  ) {
    this.caller = caller
    this.method = req.method ?? ''
    this.headers = req.headers
    this.peer = peer
    this.socket = req.socket
    this.carrier = carrier
    this.target = target
    this.path = target.procedure ?? target.path
    this.format = req.headers.accept?.includes(ARROW_STREAM) ? 'arrow' : 'json'
    this.inParts = target.batch && req.headers.accept === FRAME_PARTS
    this.explains = (req.headers[EXPLAIN_HEADER] ?? '') !== ''
    this.idempotencyKey = req.headers[IDEMPOTENCY_HEADER]?.toString()
    this.batched = target.batch && target.calls > 1
    this.#res = res
    this.#telemetry = telemetry
    res.setHeader(REQUEST_ID_HEADER, this.requestId)
    res.setHeader('cache-control', NO_STORE)
    res.on('close', () => {
      if (!res.writableFinished) {
        if (this.outcome === 'ok') this.outcome = 'CANCELLED'
        this.abort(new StockdbError('CANCELLED', 'the caller disconnected'))
      }
      // A complete answer now only waits in the socket. A stream has counted its own bytes, and a subscription mostly
      // waits for events.
      if (!this.streamed && !this.subscription && res.firstByteAt !== undefined)
        this.times.socketMs += performance.now() - res.firstByteAt
      this.#ended = true
      this.#permit?.leave()
      onEnd(this)
      if (!this.#divided) telemetry.end(this, this.outcome)
    })
    telemetry.begin(this)
  }

  get status(): number {
    return this.#res.statusCode
  }

  get bytes(): number {
    return this.#res.bodyBytes
  }

  get bytesInFlight(): number {
    return this.#res.writableLength
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** Leaves the log, the counts and its permit to the calls that came in this request. */
  divide(): Permit {
    if (!this.#permit) throw new TypeError('a call is divided before it was admitted')
    const permit = this.#permit
    this.#permit = undefined
    this.#divided = true
    this.#telemetry.withdraw(this)
    return permit
  }

  /** A call that is sent alone may have an answer of any length. */
  expects(): void {}

  /** Takes the permit of the call, and returns it when the call ends. */
  admit(permit: Permit): void {
    this.#permit = permit
    if (this.#ended) permit.leave()
  }

  hold(bytes: number): void {
    this.#permit?.hold(bytes)
  }

  heavy(): Promise<() => void> {
    if (!this.#permit) throw new TypeError('a call does work before it was admitted')
    return this.#permit.heavy(this.signal)
  }

  /** See {@link Permit.becomeHeavy}. */
  async becomeHeavy(): Promise<void> {
    await this.#permit?.becomeHeavy(this.signal)
  }

  /** Closes the connection, even if part of the answer is still unsent. */
  drop(): void {
    this.#res.destroy()
  }

  abort(reason: StockdbError): void {
    this.#controller.abort(reason)
  }
}
