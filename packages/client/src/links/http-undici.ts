import { Agent, fetch as undiciFetch } from 'undici'
import type { Http, HttpOptions, OpenedHttp } from './http.ts'
import { Receiver } from './undici-receiver.ts'

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
  const http: Http = ({ url, method, headers, body, signal }) => {
    const pathAt = url.indexOf('/', url.indexOf('//') + 2)
    const receiver = new Receiver(signal)
    dispatcher.dispatch(
      {
        // In two parts, because undici would parse a whole URL on every call.
        origin: url.slice(0, pathAt),
        path: url.slice(pathAt),
        method,
        headers,
        // It takes async iterables, which its types leave out.
        body: typeof body === 'object' && 'chunks' in body ? (body.chunks as never) : (body ?? null),
      },
      receiver,
    )
    return receiver.response
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
