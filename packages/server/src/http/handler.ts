import type { IncomingMessage, Server } from 'node:http'
import { clearTimeout, setTimeout as setTimer } from 'node:timers'
import { setTimeout } from 'node:timers/promises'
import { StockdbError } from '@stockdb/contract/wire'
import type { Authenticator } from '../access/authenticator.ts'
import { isLoopback } from '../access/loopback.ts'
import type { Peers } from '../access/peer.ts'
import { Api } from '../api/api.ts'
import type { Services } from '../api/context.ts'
import { toStockdbError } from '../api/trpc.ts'
import { Admission, type AdmissionState } from '../bounds/admission.ts'
import { InProgress } from '../bounds/in-progress.ts'
import { Pressure } from '../bounds/pressure.ts'
import type { Bounds } from '../bounds/settings.ts'
import { type SharedLoad, unsharedLoad } from '../bounds/shared-load.ts'
import { Turns } from '../bounds/turns.ts'
import type { Log } from '../telemetry/log.ts'
import { onBehalfOf } from '../telemetry/running-call.ts'
import { Call, nextRequestId, UNKNOWN_PROCEDURE } from './call.ts'
import { hasBody, isUpload, nameOf } from './call-request.ts'
import { asDisconnect } from './client-disconnect.ts'
import { Connections } from './connections.ts'
import type { CountedResponse } from './counted-response.ts'
import { ERROR_FLUSH_MS } from './error-flush.ts'
import { answerMalformed } from './malformed-request.ts'
import { admit } from './pipeline/admit.ts'
import { authenticate } from './pipeline/authenticate.ts'
import { cors } from './pipeline/cors.ts'
import { learn } from './pipeline/learn.ts'
import { monitoring, monitoringPaths } from './pipeline/monitoring.ts'
import { runPipeline, type Step } from './pipeline/pipeline.ts'
import { route } from './pipeline/route.ts'
import { ReadPace } from './read-pace.ts'
import { sendError } from './respond.ts'
import { isSheddable, shedLoad } from './shed-load.ts'
import { readTarget, type Target } from './target.ts'

export interface HandlerOptions {
  readonly authenticator: Authenticator
  readonly peers: Peers
  /** Whether `maxConnectionsPerAddress` also applies to this machine's own addresses. */
  readonly limitLoopback: boolean
  /** Origins, such as `https://notebook.example`, whose pages may call from a browser. */
  readonly corsOrigins: readonly string[]
  readonly log: Log
  /** What other workers of this server have in progress, and a function by which this one learns of their commits. */
  readonly shared?: SharedLoad | undefined
  readonly catchUp?: (() => void) | undefined
  /** Called once when resident memory exceeds its hard limit, after the running calls were logged. */
  readonly onMemoryExceeded: () => void
}

/** Answers the requests of a server. */
export class Handler {
  readonly #services: Services
  readonly #bounds: Bounds
  readonly #log: Log
  readonly #authenticator: Authenticator
  readonly #peers: Peers
  readonly #api: Api
  readonly #steps: readonly Step[]
  readonly connections: Connections
  readonly #running = new InProgress<Call>()
  readonly #pressure: Pressure
  readonly #pace: ReadPace<Call>
  readonly #admission: Admission
  readonly #turns: Turns
  readonly #onMemoryExceeded: () => void
  readonly #catchUp: (() => void) | undefined
  #closing = false

  constructor(services: Services, options: HandlerOptions) {
    const {
      authenticator,
      peers,
      limitLoopback,
      corsOrigins,
      log,
      onMemoryExceeded,
      shared = unsharedLoad,
      catchUp,
    } = options
    this.#catchUp = catchUp
    this.#services = services
    this.#bounds = services.bounds
    this.#onMemoryExceeded = onMemoryExceeded
    this.#pressure = new Pressure(
      services.bounds,
      (rssBytes) => this.#endOfMemory(rssBytes),
      () => services.answers.clear(),
    )
    this.#admission = new Admission(services.bounds, this.#pressure, services.engine.slots, shared)
    this.#turns = new Turns((turn) => this.#admission.turned(turn))
    this.#log = log
    this.#authenticator = authenticator
    this.#peers = peers
    this.connections = new Connections({
      ...services.bounds,
      shared,
      exempt: (address) => peers.trusts(address) || (!limitLoopback && isLoopback(address)),
      onClosed: (count) => log.warn({ count }, 'connections closed to make room for others'),
    })
    this.#pace = new ReadPace({
      ...services.bounds,
      calls: this.#running,
      onSlow: (call) => this.#endStalled(call, 'the client read the answer more slowly than --min-read-rate'),
    })
    const api = new Api(services)
    this.#api = api
    this.#steps = [
      cors(corsOrigins),
      this.#refuseWhenClosing,
      monitoring(services),
      learn(api, (call) => this.#name(call)),
      authenticate(api),
      admit({ api, admission: this.#admission, authenticator, bounds: services.bounds }),
      route({
        ...{ api, bounds: services.bounds, log },
        ...{ telemetry: services.telemetry, admission: this.#admission },
      }),
    ]
  }

  get admission(): AdmissionState {
    return this.#admission
  }

  async handle(req: IncomingMessage, res: CountedResponse): Promise<void> {
    this.#turns.arrived()
    this.#catchUp?.()
    const peer = this.#peers.of(req.socket.remoteAddress, req.headers)
    const caller = this.#authenticator.principalOf(req.headers, peer)
    const known = caller.scopes.length > 0
    const { socket } = req
    const target = readTarget(req.url ?? '')
    if (!this.#closing && isSheddable(target, req, this.#api.procedures)) {
      const refusal = this.#admission.shedLoad(nameOf(peer, caller), 1, false)
      if (refusal) {
        this.#turns.refused()
        const requestId = nextRequestId()
        this.connections.passed(socket, known)
        this.#services.telemetry.addRefused(requestId, caller.name, refusal.code)
        return shedLoad(req, res, requestId, refusal)
      }
    }
    this.connections.begin(socket, known)
    res.on('close', () => this.connections.end(socket, known))
    const carrier = this.connections.carrierOf(socket)
    const call = new Call(req, res, target, peer, carrier, caller, this.#services.telemetry, (ended) =>
      this.#running.delete(ended),
    )
    this.#running.add(call)
    this.#limitArrival(req, call)
    res.on('timeout', () => this.#endStalled(call, 'the client read nothing within --stall-timeout'))
    if (this.#closing) res.setHeader('connection', 'close')
    // Set first, so that everything is counted for the right procedure.
    this.#name(call)
    try {
      await onBehalfOf(call, () => runPipeline(this.#steps, { req, res, call }))
    } catch (error) {
      const known = asDisconnect(error, res) ?? toStockdbError(error)
      if (known.code === 'INTERNAL')
        this.#log.error({ requestId: call.requestId, err: known.cause ?? known }, 'call failed')
      // The rest of a refused body is not read.
      if (!req.complete) res.setHeader('connection', 'close')
      sendError(res, call, known)
    }
  }

  /** Answers a request with 408 that does not arrive in time. The rows of a write have other limits. */
  #limitArrival(req: IncomingMessage, { target: { procedure = '' } }: Call): void {
    const unlimited = (): boolean => isUpload(req, this.#api.procedures.get(procedure))
    if (!hasBody(req) || req.complete || unlimited()) return
    const timer = setTimer(() => {
      // Nobody may have read its end; and a factor may be known only now.
      if (req.complete || unlimited()) return
      const late = Object.assign(new Error('late'), { code: 'ERR_HTTP_REQUEST_TIMEOUT' })
      answerMalformed(late, req.socket, this.#log)
    }, this.#bounds.requestTimeoutMs)
    const stop = (): void => clearTimeout(timer)
    req.once('end', stop).once('close', stop)
  }

  readonly #refuseWhenClosing: Step = () => {
    if (this.#closing) throw stopping()
    return false
  }

  #name(call: Call): void {
    call.procedure = this.#nameOf(call.target)
  }

  /** The name that a path is counted under. */
  #nameOf({ path, procedure, calls }: Target): string {
    if (monitoringPaths.includes(path)) return path
    if (procedure === undefined) return UNKNOWN_PROCEDURE
    return this.#api.nameOf(procedure) ?? (calls > 1 ? 'batch' : UNKNOWN_PROCEDURE)
  }

  /**
   * Aborts an answer whose reader stalls or is too slow; calls that are still working have other limits.
   * A reader that continues gets the error in the stream; any other sees the connection end early.
   */
  #endStalled(call: Call, message: string): void {
    if (call.bytesInFlight === 0 || call.outcome !== 'ok') return
    call.outcome = 'STALLED'
    call.abort(new StockdbError('QUERY_TIMEOUT', message))
    if (call.streamed) setTimeout(2 * ERROR_FLUSH_MS).then(() => call.drop())
    else call.drop()
  }

  /** A leak takes all memory in the end: logging the running calls is better than being killed silently. */
  #endOfMemory(rssBytes: number): void {
    this.#log.fatal({ rssBytes, calls: this.#namesOfRunning() }, 'resident memory is above --kill-memory')
    this.#onMemoryExceeded()
  }

  #namesOfRunning(): { requestId: string; path: string }[] {
    return [...this.#running].map(({ requestId, path }) => ({ requestId, path }))
  }

  async close(server: Server): Promise<void> {
    this.#pressure.stop()
    this.#pace.stop()
    this.#closing = true
    // They would use up the drain time of other calls, and can be resumed anyway.
    for (const call of this.#running) if (call.subscription) call.abort(stopping())
    const closed = new Promise<void>((resolve) => server.close(() => resolve()))
    server.closeIdleConnections()
    const late = new AbortController()
    const drained = async (): Promise<void> => {
      while (this.#running.size > 0 && !late.signal.aborted) await setTimeout(20)
      // Connections that a client keeps open for its next call.
      server.closeIdleConnections()
    }
    await Promise.race([drained(), setTimeout(this.#bounds.drainTimeoutMs, undefined, { ref: false })])
    late.abort()
    if (this.#running.size > 0) {
      this.#log.warn({ calls: this.#namesOfRunning() }, 'aborting calls')
      for (const call of this.#running) call.abort(stopping())
      await setTimeout(500)
    }
    for (const socket of this.connections.sockets) socket.destroy()
    await closed
  }
}

function stopping(): StockdbError {
  return new StockdbError('SHUTTING_DOWN', 'the server is stopping')
}
