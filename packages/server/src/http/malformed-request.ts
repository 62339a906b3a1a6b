import type { Duplex } from 'node:stream'
import { REQUEST_ID_HEADER, StockdbError } from '@stockdb/contract/wire'
import { TRPC_ERROR_CODES_BY_KEY } from '@trpc/server/rpc'
import { errorShape } from '../api/trpc.ts'
import type { Log } from '../telemetry/log.ts'
import { nextRequestId } from './call.ts'
import { ERROR_FLUSH_MS } from './error-flush.ts'

const reasons: Record<string, readonly [status: string, message: string]> = {
  HPE_HEADER_OVERFLOW: [
    '431 Request Header Fields Too Large',
    'the URL and headers are larger than the server accepts; send long inputs by POST',
  ],
  ERR_HTTP_REQUEST_TIMEOUT: ['408 Request Timeout', 'the request did not arrive in time'],
}

/**
 * Answers input that is not valid HTTP, and so never became a request, with an ordinary error, and closes the
 * connection. A client that keeps its side open holds it only as long as it takes to read the error.
 */
export function answerMalformed(error: NodeJS.ErrnoException, socket: Duplex, log: Log): void {
  if (socket.destroyed || !socket.writable || error.code === 'ECONNRESET') {
    socket.destroy()
    return
  }
  const [status, message] = reasons[error.code ?? ''] ?? ['400 Bad Request', 'the request is not well-formed HTTP']
  const requestId = nextRequestId()
  log.info({ requestId, code: error.code, outcome: 'INVALID_INPUT' }, 'malformed request')
  const shape = errorShape(
    TRPC_ERROR_CODES_BY_KEY.BAD_REQUEST,
    new StockdbError('INVALID_INPUT', message),
    requestId,
    undefined,
  )
  const body = JSON.stringify({
    error: { ...shape, data: { ...shape.data, httpStatus: Number.parseInt(status, 10) } },
  })
  setTimeout(() => socket.destroy(), ERROR_FLUSH_MS)
  socket.end(
    [
      `HTTP/1.1 ${status}`,
      'Connection: close',
      'Content-Type: application/json',
      'Cache-Control: no-store',
      `Content-Length: ${Buffer.byteLength(body)}`,
      `${REQUEST_ID_HEADER}: ${requestId}`,
      '',
      body,
    ].join('\r\n'),
  )
}
