/** A body that is made as it is sent. `endless`: whether it may be longer than memory. */
export interface RequestBytes {
  readonly chunks: AsyncIterable<Uint8Array>
  readonly endless: boolean
}

/** A request of the client. */
interface HttpRequest {
  readonly url: string
  readonly method: 'GET' | 'POST'
  readonly headers: Readonly<Record<string, string>>
  /** A text or bytes go with their length. */
  readonly body?: string | Uint8Array | RequestBytes
  readonly signal: AbortSignal
}

/** A response with status and headers. Its body must be read, or abandoned by `return()` of `chunks()` or `leave()`. */
export interface HttpResponse {
  readonly status: number
  /** Its media type without parameters, such as `application/json`. */
  readonly contentType: string | undefined
  /** `Retry-After`, in milliseconds. */
  readonly retryAfterMs: number | undefined
  /** The moment as of which the answer is, if the server had it in memory. */
  readonly cachedAsOf?: string | undefined
  /** The state of the database that the answer is of, if it may be kept. */
  readonly state?: string | undefined
  /** Whether the body is known to be short. */
  readonly short: boolean
  /** The whole body. */
  bytes(): Promise<Uint8Array>
  /** The body as it arrives; leaving early closes the connection, which notifies the server. */
  chunks(): AsyncIterable<Uint8Array>
  /** Abandons the body, even with a pending chunk, and closes the connection. */
  leave(): void
}

/** A body up to this length, in bytes, is read at once; a longer one, or one of unknown length, as a stream. */
const SHORT_BYTES = 16 * 2 ** 20

/** Whether a `Content-Length` header says that the body is short. */
export const isShort = (header: string | null | undefined): boolean =>
  typeof header === 'string' && Number(header) <= SHORT_BYTES

/** Parses a `Retry-After` header in seconds. */
export function retryAfterMs(header: string | null | undefined): number | undefined {
  return header && /^\d{1,6}$/.test(header) ? Number(header) * 1000 : undefined
}

/** The media type of a `Content-Type` header, without its parameters. */
export function mediaType(header: string | null | undefined): string | undefined {
  return header?.split(';', 1)[0]?.trim().toLowerCase()
}

/** Sends requests on connections that do not keep the process alive. */
export type Http = (request: HttpRequest) => Promise<HttpResponse>

/** Options of a platform's transport. */
export interface HttpOptions {
  /** CA certificates in PEM, instead of the system's. */
  readonly ca?: string | readonly string[] | undefined
}

/** The same transport in two forms: our interface for frames, `fetch` for the tRPC client. */
export interface OpenedHttp {
  readonly http: Http
  readonly fetch: typeof globalThis.fetch
}
