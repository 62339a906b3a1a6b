import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { type ServerInfo, WIRE_VERSION } from '@stockdb/contract/wire'
import { onTestFinished } from 'vitest'

/** A request as a bad server saw it. */
interface SeenRequest {
  readonly path: string
  readonly method: string
  readonly urlLength: number
  readonly authorization: string | undefined
  readonly body: string
}

/** A server that misbehaves in ways a stockdb server cannot. */
export interface BadServer {
  readonly url: string
  /** Requests other than for `meta.info`. */
  readonly requests: readonly SeenRequest[]
  /** Open connections. */
  readonly sockets: ReadonlySet<Socket>
}

export type Answer = (response: ServerResponse, attempt: number, request: SeenRequest) => void

export const info: ServerInfo = {
  name: 'stockdb',
  version: '0.0.0',
  wireVersion: WIRE_VERSION,
  engine: { kind: 'sqlite', version: 'SQLite 0' },
  datasets: { daily: ['range', 'at', 'latest'] },
}

/** Misbehaves until the end of the running test; answers `meta.info` correctly, so that a client connects. */
export function serveBadly(answer: Answer): Promise<BadServer> {
  return serveAll((response, attempt, request) => {
    if (request.path === '/trpc/meta.info') sendJson(response, 200, { result: { data: info } })
    else answer(response, attempt, request)
  })
}

/** Misbehaves from the first request on. */
export async function serveAll(answer: Answer): Promise<BadServer> {
  const requests: SeenRequest[] = []
  const sockets = new Set<Socket>()
  const handle = async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    const url = req.url ?? ''
    const request: SeenRequest = {
      path: url.split('?')[0] ?? '',
      method: req.method ?? '',
      urlLength: url.length,
      authorization: req.headers.authorization,
      body: await text(req),
    }
    if (request.path !== '/trpc/meta.info') requests.push(request)
    answer(res, requests.length, request)
  }
  // A caller that disconnects while its request is being read.
  const server = createServer((req, res) => void handle(req, res).catch(() => res.destroy()))
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}`, requests, sockets }
}

export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

/** An error in tRPC's envelope, as a stockdb server sends it. */
export function sendError(response: ServerResponse, status: number, code: string, message = 'no good'): void {
  const data = { code, httpStatus: status, retryable: false, requestId: 'r-1', path: 'daily.range' }
  sendJson(response, status, { error: { message, code: -32603, data } })
}
