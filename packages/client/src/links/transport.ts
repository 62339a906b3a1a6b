import {
  ARROW_STREAM,
  type ErrorShape,
  EVENT_STREAM,
  FRAME_PARTS,
  IDEMPOTENCY_HEADER,
  isErrorCode,
  joinBytes,
  StockdbError,
  takesStatement,
} from '@stockdb/contract/wire'
import { classified, errorOf, waitOf } from '../errors.ts'
import type { Http, HttpResponse, RequestBytes } from './http.ts'
import { inputText } from './input-text.ts'
import { unreachable } from './unreachable.ts'

/** An error message contains at most the caller's input, whose size is limited. */
const MAX_ERROR_BYTES = 2 ** 20

/** Longer bodies of rows are sent as they are made. */
const MAX_WHOLE_BYTES = 2 * 2 ** 20

/** Maximum URL length of a GET; longer inputs, such as many symbols, are posted. */
export const MAX_URL_LENGTH = 4_000

export interface Transport {
  /** `http://host:port/trpc`. */
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly http: Http
}

/** Sends one call for an Arrow frame, and resolves to its response after checking status and type. */
export function requestArrow(
  transport: Transport,
  path: string,
  input: unknown,
  signal: AbortSignal,
): Promise<HttpResponse> {
  return request(transport, ARROW_STREAM, path, input, signal)
}

/** Starts a subscription, and resolves to its event stream after checking status and type. */
export function requestEvents(
  transport: Transport,
  path: string,
  input: unknown,
  signal: AbortSignal,
): Promise<HttpResponse> {
  return request(transport, EVENT_STREAM, path, input, signal)
}

/** One of several calls that are sent in one request. */
interface CallText {
  readonly path: string
  /** Its input as JSON. */
  readonly json: string
}

/** Sends several calls for frames in one request, and resolves to the response with their answers in parts. */
export function requestParts(
  transport: Transport,
  calls: readonly CallText[],
  signal: AbortSignal,
): Promise<HttpResponse> {
  const paths = calls.map(({ path }) => encodeURIComponent(path)).join(',')
  const body = `{${calls.map(({ json }, index) => `"${index}":${json}`).join(',')}}`
  return send(transport, FRAME_PARTS, { url: `${transport.url}/${paths}?batch=1`, body }, signal)
}

/** A write as it goes over the wire. */
export interface WriteRequest {
  readonly path: string
  /** The input of the call, besides a body of rows. */
  readonly input: object
  /** The rows as an Arrow stream. */
  readonly rows?: RequestBytes
  readonly key: string
}

/** Sends a write once, and resolves to its outcome. */
export async function requestWrite<Output>(
  { url, headers, http }: Transport,
  { path, input, rows, key }: WriteRequest,
  signal: AbortSignal,
): Promise<Output> {
  const target = `${url}/${encodeURIComponent(path)}`
  const common = { ...headers, accept: 'application/json', [IDEMPOTENCY_HEADER]: key }
  try {
    const response = await http({
      url: rows ? `${target}?input=${encodeURIComponent(inputText(input))}` : target,
      method: 'POST',
      headers: { ...common, 'content-type': rows ? ARROW_STREAM : 'application/json' },
      body: rows ? await bodyOf(rows) : inputText(input),
      signal,
    })
    if (response.status !== 200) throw await failureOf(response)
    const answer = JSON.parse(new TextDecoder().decode(await beginningOf(response))) as {
      readonly result: { readonly data: Output }
    }
    return answer.result.data
  } catch (error) {
    if (signal.aborted) throw signal.reason
    if (error instanceof StockdbError) throw classified(error)
    throw unreachable(url, error)
  }
}

/**
 * A short body is sent whole, and so with its length: the server then keeps room for that, and not for the longest that it would
 * buffer. One of unknown length is sent as it comes.
 */
async function bodyOf({ chunks, endless }: RequestBytes): Promise<Uint8Array | RequestBytes> {
  if (endless) return { chunks, endless }
  const rest = chunks[Symbol.asyncIterator]()
  const beginning: Uint8Array[] = []
  for (let bytes = 0; bytes <= MAX_WHOLE_BYTES; ) {
    const { done, value } = await rest.next()
    if (done) return joinBytes(beginning)
    beginning.push(value)
    bytes += value.length
  }
  const all = async function* () {
    try {
      yield* beginning.splice(0)
      for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value
    } finally {
      await rest.return?.()
    }
  }
  return { chunks: all(), endless }
}

function request(
  transport: Transport,
  accept: string,
  path: string,
  input: unknown,
  signal: AbortSignal,
): Promise<HttpResponse> {
  const json = inputText(input)
  // Dataset names may be in any script, which undici does not accept in a request line.
  const target = `${transport.url}/${encodeURIComponent(path)}`
  const byGet = `${target}?input=${encodeURIComponent(json)}`
  const short = byGet.length <= MAX_URL_LENGTH && !takesStatement(path)
  return send(transport, accept, short ? { url: byGet } : { url: target, body: json }, signal)
}

/** By POST if there is a body. */
async function send(
  { url: address, headers, http }: Transport,
  accept: string,
  { url, body }: { readonly url: string; readonly body?: string },
  signal: AbortSignal,
): Promise<HttpResponse> {
  try {
    const response = await http(
      body === undefined
        ? { url, method: 'GET', headers: { ...headers, accept }, signal }
        : { url, method: 'POST', headers: { ...headers, accept, 'content-type': 'application/json' }, body, signal },
    )
    if (response.status === 200 && response.contentType === accept) return response
    throw await failureOf(response)
  } catch (error) {
    if (signal.aborted) throw signal.reason
    if (error instanceof StockdbError) throw classified(error)
    throw unreachable(address, error)
  }
}

/** The error of a response that is not the expected one. */
async function failureOf(response: HttpResponse): Promise<StockdbError> {
  const { status, contentType = 'nothing', retryAfterMs } = response
  const { error } = jsonIn(await beginningOf(response))
  return (
    errorOfShape(error, retryAfterMs) ??
    errorOf('UNREACHABLE', `the response is not from a stockdb server (HTTP ${status}, ${contentType})`, {
      retryAfterMs,
    })
  )
}

/** Reads at most the size of a stockdb error; other servers may send endless data. */
async function beginningOf(response: HttpResponse): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of response.chunks()) {
    chunks.push(chunk)
    bytes += chunk.length
    if (bytes > MAX_ERROR_BYTES) break
  }
  return joinBytes(chunks)
}

/** The error in tRPC's envelope; `undefined` for anything else. */
export function errorOfShape(shape: Partial<ErrorShape> | undefined, retryAfter?: number): StockdbError | undefined {
  const { code, requestId, retryAfterMs = retryAfter } = shape?.data ?? {}
  if (!isErrorCode(code)) return undefined
  return errorOf(code, shape?.message ?? code, { requestId, retryAfterMs: waitOf(retryAfterMs) })
}

/** The error that bytes are as JSON; `undefined` for anything else. */
export function errorIn(bytes: Uint8Array): Partial<ErrorShape> | undefined {
  return jsonIn(bytes) as Partial<ErrorShape>
}

function jsonIn(bytes: Uint8Array): { readonly error?: Partial<ErrorShape> } {
  try {
    return (JSON.parse(new TextDecoder().decode(bytes)) as { readonly error?: Partial<ErrorShape> } | null) ?? {}
  } catch {
    return {}
  }
}
