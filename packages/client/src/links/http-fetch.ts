import { CACHE_HEADER, STATE_HEADER } from '@stockdb/contract/wire'
import { fetchTrusting } from './fetch-trusting.ts'
import {
  type HttpOptions,
  type HttpResponse,
  isShort,
  mediaType,
  type OpenedHttp,
  type RequestBytes,
  retryAfterMs,
} from './http.ts'

/** Requests by `fetch`: the platform's own in Bun, Deno and browsers, or one that the caller brings. */
export function openHttp({ ca, fetch: own }: HttpOptions & { readonly fetch?: typeof globalThis.fetch }): OpenedHttp {
  const fetch = own ?? (ca === undefined ? globalThis.fetch : fetchTrusting([ca].flat()))
  return {
    http: async ({ url, method, headers, body, signal }) =>
      responseOf(await fetch(url, { method, headers, signal, ...(body === undefined ? {} : await bodyOf(body)) })),
    fetch,
  }
}

/** Not every platform sends a body as it is made: what fits into memory is put together first. */
async function bodyOf(body: string | Uint8Array | RequestBytes): Promise<RequestInit> {
  if (typeof body === 'string' || !('chunks' in body)) return { body: body as BodyInit }
  const chunks = body.chunks[Symbol.asyncIterator]()
  if (body.endless) {
    const stream = new ReadableStream<Uint8Array>({
      pull: async (controller) => {
        const { done, value } = await chunks.next()
        if (done) controller.close()
        else controller.enqueue(value)
      },
      cancel: async () => void (await chunks.return?.()),
    })
    // `duplex` is required for streams, and not declared everywhere.
    return { body: stream, duplex: 'half' } as RequestInit
  }
  const parts: BlobPart[] = []
  for (let next = await chunks.next(); !next.done; next = await chunks.next()) parts.push(next.value as BlobPart)
  return { body: new Blob(parts) }
}

function responseOf(response: Response): HttpResponse {
  let reader: ReadableStreamDefaultReader<Uint8Array> | undefined
  return {
    status: response.status,
    contentType: mediaType(response.headers.get('content-type')),
    retryAfterMs: retryAfterMs(response.headers.get('retry-after')),
    cachedAsOf: response.headers.get(CACHE_HEADER) ?? undefined,
    state: response.headers.get(STATE_HEADER) ?? undefined,
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
