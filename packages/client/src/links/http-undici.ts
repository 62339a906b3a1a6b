import { Agent, fetch as undiciFetch } from 'undici'
import { type Http, type HttpOptions, isShort, mediaType, type OpenedHttp, retryAfterMs } from './http.ts'

/**
 * Requests with undici, on which Node's `fetch` is built: a call of 64 rows takes less than half of the client's time.
 * Only Node loads this file, through the `imports` of package.json.
 */
export function openHttp({ ca }: HttpOptions): OpenedHttp {
  // Calls have their own timeouts.
  const dispatcher = new Agent({
    connections: 128,
    headersTimeout: 0,
    bodyTimeout: 0,
    ...(ca === undefined ? {} : { connect: { ca: typeof ca === 'string' ? ca : [...ca] } }),
  })
  const http: Http = async ({ url, method, headers, body, signal }) => {
    const pathAt = url.indexOf('/', url.indexOf('//') + 2)
    // In two parts, because undici would parse a whole URL on every call.
    const response = await dispatcher.request({
      origin: url.slice(0, pathAt),
      path: url.slice(pathAt),
      method,
      headers,
      signal,
      // It takes async iterables, which its types leave out.
      body: typeof body === 'object' ? (body.chunks as never) : (body ?? null),
    })
    const { 'content-type': contentType, 'content-length': length, 'retry-after': retryAfter } = response.headers
    return {
      status: response.statusCode,
      contentType: mediaType(Array.isArray(contentType) ? contentType[0] : contentType),
      retryAfterMs: retryAfterMs(Array.isArray(retryAfter) ? retryAfter[0] : retryAfter),
      short: isShort(Array.isArray(length) ? length[0] : length),
      bytes: () => response.body.bytes(),
      chunks: () => response.body as AsyncIterable<Uint8Array>,
      leave: () => void response.body.destroy(),
    }
  }
  // Node's fetch does not accept certificates; undici's is the same code.
  const fetch = ca === undefined ? globalThis.fetch : withDispatcher(dispatcher)
  return { http, fetch }
}

function withDispatcher(dispatcher: Agent): typeof globalThis.fetch {
  // The types of undici's fetch and Node's differ only in their place of declaration.
  return ((input: never, init: object) =>
    undiciFetch(input, { ...init, dispatcher })) as unknown as typeof globalThis.fetch
}
