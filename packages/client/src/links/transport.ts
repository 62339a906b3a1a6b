import { ARROW_STREAM, type ErrorShape, EVENT_STREAM, isErrorCode, StockdbError } from '@stockdb/contract/wire'
import { classified, errorOf, waitOf } from '../errors.ts'
import type { Http, HttpResponse } from './http.ts'
import { unreachable } from './unreachable.ts'

/** Goes by POST however short it is: proxies keep URLs in their logs, where no statement belongs. */
const NEVER_IN_URL = 'sql.run'

/** A message names at most what the caller sent, and that is bounded. */
const MAX_ERROR_BYTES = 2 ** 20

/** The longest URL that a call is put into; longer inputs, such as many symbols, go by POST. */
export const MAX_URL_LENGTH = 4_000

export interface Transport {
  /** `http://host:port/trpc`. */
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly http: Http
}

/** Sends one call that asks for a frame as Arrow, and resolves to its answer, once it is known to be one. */
export function requestArrow(
  transport: Transport,
  path: string,
  input: unknown,
  signal: AbortSignal,
): Promise<HttpResponse> {
  return request(transport, ARROW_STREAM, path, input, signal)
}

/** Begins a subscription: resolves to the answer in which its events come, once it is known to be one. */
export function requestEvents(
  transport: Transport,
  path: string,
  input: unknown,
  signal: AbortSignal,
): Promise<HttpResponse> {
  return request(transport, EVENT_STREAM, path, input, signal)
}

async function request(
  { url, headers, http }: Transport,
  accept: string,
  path: string,
  input: unknown,
  signal: AbortSignal,
): Promise<HttpResponse> {
  const json = written(input)
  // Names of datasets may be of any script, which undici does not take into a request line.
  const target = `${url}/${encodeURIComponent(path)}`
  const byGet = `${target}?input=${encodeURIComponent(json)}`
  const common = { headers: { ...headers, accept }, signal }
  try {
    const response = await http(
      byGet.length <= MAX_URL_LENGTH && path !== NEVER_IN_URL
        ? { ...common, url: byGet, method: 'GET' }
        : {
            ...common,
            url: target,
            method: 'POST',
            headers: { ...common.headers, 'content-type': 'application/json' },
            body: json,
          },
    )
    if (response.status === 200 && response.contentType === accept) return response
    throw await failureOf(response)
  } catch (error) {
    if (signal.aborted) throw signal.reason
    if (error instanceof StockdbError) throw classified(error)
    throw unreachable(url, error)
  }
}

/** The error that an answer other than what was asked for stands for. */
async function failureOf(response: HttpResponse): Promise<StockdbError> {
  const { status, contentType = 'nothing', retryAfterMs } = response
  const error = errorIn(await beginningOf(response))
  return (
    errorOfShape(error, retryAfterMs) ??
    errorOf('UNREACHABLE', `what answers there is not a stockdb server (HTTP ${status}, ${contentType})`, {
      retryAfterMs,
    })
  )
}

/** As much of a body as an error of ours can take; what is no answer of ours may have no end. */
async function beginningOf(response: HttpResponse): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of response.chunks()) {
    chunks.push(chunk)
    bytes += chunk.length
    if (bytes > MAX_ERROR_BYTES) break
  }
  const whole = new Uint8Array(bytes)
  let at = 0
  for (const chunk of chunks) {
    whole.set(chunk, at)
    at += chunk.length
  }
  return whole
}

/** The error of tRPC's envelope as the server fills it; `undefined` for anything else. */
export function errorOfShape(shape: Partial<ErrorShape> | undefined, retryAfter?: number): StockdbError | undefined {
  const { code, requestId, retryAfterMs = retryAfter } = shape?.data ?? {}
  if (!isErrorCode(code)) return undefined
  return errorOf(code, shape?.message ?? code, { requestId, retryAfterMs: waitOf(retryAfterMs) })
}

function errorIn(bytes: Uint8Array): Partial<ErrorShape> | undefined {
  try {
    return (JSON.parse(new TextDecoder().decode(bytes)) as { readonly error?: Partial<ErrorShape> }).error
  } catch {
    return undefined
  }
}

/** An input in JSON, bigints as texts, which the server takes for whole numbers of 64 bits. */
function written(input: unknown = {}): string {
  try {
    return JSON.stringify(input)
  } catch {
    // A replacer for all inputs would cost more than the few that need it.
    return JSON.stringify(input, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value))
  }
}
