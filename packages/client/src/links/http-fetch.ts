import { fetchTrusting } from './fetch-trusting.ts'
import { type HttpOptions, type HttpResponse, isShort, mediaType, type OpenedHttp, retryAfterMs } from './http.ts'

/** Requests by `fetch`: the platform's own in Bun, Deno and browsers, or one that the caller brings. */
export function openHttp({ ca, fetch: own }: HttpOptions & { readonly fetch?: typeof globalThis.fetch }): OpenedHttp {
  const fetch = own ?? (ca === undefined ? globalThis.fetch : fetchTrusting([ca].flat()))
  return {
    http: async ({ url, method, headers, body, signal }) =>
      responseOf(await fetch(url, { method, headers, signal, ...(body === undefined ? {} : { body }) })),
    fetch,
  }
}

function responseOf(response: Response): HttpResponse {
  let reader: ReadableStreamDefaultReader<Uint8Array> | undefined
  return {
    status: response.status,
    contentType: mediaType(response.headers.get('content-type')),
    retryAfterMs: retryAfterMs(response.headers.get('retry-after')),
    short: isShort(response.headers.get('content-length')),
    bytes: async () => new Uint8Array(await response.arrayBuffer()),
    chunks: () => {
      reader = response.body?.getReader()
      return chunksOf(reader)
    },
    leave: () => void reader?.cancel().catch(() => {}),
  }
}

async function* chunksOf(reader: ReadableStreamDefaultReader<Uint8Array> | undefined): AsyncGenerator<Uint8Array> {
  if (!reader) return
  let ended = false
  try {
    while (true) {
      const { done, value } = await reader.read()
      ended = done
      if (done) return
      yield value
    }
  } finally {
    if (!ended) reader.cancel().catch(() => {})
  }
}
