import { createServer, type IncomingMessage } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { Socket } from 'node:net'
import type { Services } from '../api/context.ts'
import type { AdmissionState } from '../bounds/admission.ts'
import type { Log } from '../telemetry/log.ts'
import { CountedResponse } from './counted-response.ts'
import { Handler, type HandlerOptions } from './handler.ts'
import { listenOften } from './listeners.ts'
import { answerMalformed } from './malformed-request.ts'

const ACCEPT_LOG_MS = 10_000

export interface HttpOptions extends HandlerOptions {
  readonly host: string
  /** 0 chooses a free port. */
  readonly port: number
  /** Whether other workers listen on the same port. */
  readonly sharesPort?: boolean
  /** Certificate and private key in PEM; plain HTTP if absent. */
  readonly tls: TlsFiles | undefined
}

/** Certificate chain and private key, in PEM. */
export interface TlsFiles {
  readonly cert: string
  readonly key: string
}

/** A listening server. */
export interface HttpServer {
  /** `http://HOST:PORT`, or `https://HOST:PORT`. */
  readonly url: string
  /** Uses another certificate for new connections. Throws if it is invalid; the old one then stays. */
  renewTls(tls: TlsFiles): void
  /** What is in progress, and how often calls were refused. */
  readonly admission: AdmissionState
  /** Accepts no more calls, lets running ones finish within `drainTimeoutMs`, aborts the rest, and closes. */
  close(): Promise<void>
}

/** Starts to listen; rejects when the address cannot be bound. */
export async function listen(services: Services, options: HttpOptions): Promise<HttpServer> {
  const { host, port, sharesPort = false, tls } = options
  const { bounds } = services
  const handler = new Handler(services, options)
  const settings = {
    maxHeaderSize: bounds.maxHeaderBytes,
    // Counted by the handler, because the rows of a write may take longer to come.
    requestTimeout: 0,
    // Counted from when the connection opens, or from the first byte of the next request.
    headersTimeout: Math.min(bounds.headTimeoutMs, bounds.requestTimeoutMs),
    // Node checks every 30 s by default: a request could exceed its time by that much.
    connectionsCheckingInterval: Math.min(1_000, bounds.headTimeoutMs, bounds.requestTimeoutMs),
    keepAliveTimeout: bounds.keepAliveMs,
    ServerResponse: CountedResponse,
  }
  const handle = (req: IncomingMessage, res: CountedResponse): void => void handler.handle(req, res)
  const tlsServer = tls && createTlsServer({ ...settings, ...tls, handshakeTimeout: settings.headersTimeout }, handle)
  const server = tlsServer ?? createServer(settings, handle)
  const { connections } = handler
  // Registered first, because some sockets are closed at once.
  server.prependListener('connection', (socket: Socket) => connections.add(socket))
  server.on('secureConnection', (socket: Socket) => connections.addSecure(socket))
  // Node emits this when a socket neither sent nor received anything for that long.
  server.timeout = bounds.stallTimeoutMs
  server.on('clientError', (error, socket) => answerMalformed(error, socket, options.log))
  const listening = await listenOften(server, { host, port, shared: sharesPort, onError: onAcceptError(options.log) })
  const { address, port: actual } = listening.address
  return {
    url: `${tls ? 'https' : 'http'}://${address.includes(':') ? `[${address}]` : address}:${actual}`,
    admission: handler.admission,
    renewTls: (renewed) => tlsServer?.setSecureContext({ ...renewed }),
    close: () => {
      for (const one of listening.more) one.close()
      return handler.close(server)
    },
  }
}

/** Logs, now and then, that connections cannot be accepted. */
function onAcceptError(log: Log): (error: Error) => void {
  let loggedAt = Number.NEGATIVE_INFINITY
  return (err) => {
    if (performance.now() - loggedAt < ACCEPT_LOG_MS) return
    loggedAt = performance.now()
    log.warn({ err }, 'cannot accept connections')
  }
}
