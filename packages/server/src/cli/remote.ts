import { type ErrorShape, isErrorCode, StockdbError } from '@stockdb/contract/wire'

export interface ServerAddress {
  /** `http://HOST:PORT`. */
  readonly url: string
  readonly token?: string
}

/** Calls one procedure of a running server. Throws a `StockdbError` for any failure. */
export async function askServer<Output>(
  { url, token }: ServerAddress,
  kind: 'query' | 'mutation',
  path: string,
  input: unknown,
  signal: AbortSignal,
): Promise<Output> {
  if (!URL.canParse(url)) {
    throw new StockdbError('INVALID_INPUT', '--url: expected the URL of a server, such as http://127.0.0.1:7788')
  }
  const address = new URL(`${url.replace(/\/+$/, '')}/trpc/${path}`)
  if (kind === 'query') address.searchParams.set('input', JSON.stringify(input))
  const response = await fetch(address, {
    headers: {
      'content-type': 'application/json',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    ...(kind === 'mutation' ? { method: 'POST', body: JSON.stringify(input) } : {}),
    signal,
  }).catch((error: unknown) => {
    throw new StockdbError('UNREACHABLE', `cannot reach ${address.origin}: no answer; is the server running there?`, {
      cause: error,
    })
  })
  // Assumed to be one of the two envelopes of a stockdb server.
  const answer = (await response.json().catch(() => ({}))) as {
    result?: { data: Output }
    error?: Partial<ErrorShape>
  }
  if (answer.result) return answer.result.data
  const { message = `${address.origin} is not a stockdb server`, data } = answer.error ?? {}
  const code = isErrorCode(data?.code) ? data.code : 'UNREACHABLE'
  throw new StockdbError(code, data?.requestId ? `${message} (request ${data.requestId})` : message)
}
