/** A request as the client makes it. */
interface HttpRequest {
  readonly url: string
  readonly method: 'GET' | 'POST'
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
  readonly signal: AbortSignal
}

/** An answer whose status and headers have come. Its body must be read, or left by `return()` of `chunks()` or `leave()`. */
export interface HttpResponse {
  readonly status: number
  /** Its media type alone, such as `application/json`. */
  readonly contentType: string | undefined
  /** What `Retry-After` says, in milliseconds. */
  readonly retryAfterMs: number | undefined
  /** Whether the body is known to be short. */
  readonly short: boolean
  /** The whole body. */
  bytes(): Promise<Uint8Array>
  /** The body as it comes; leaving early closes the connection, by which the server learns that nobody reads on. */
  chunks(): AsyncIterable<Uint8Array>
  /** Leaves the body, also while a chunk of it is waited for, and closes the connection. */
  leave(): void
}

/** A body of this length, in bytes, is taken whole; a longer one, and one of unknown length, as a stream. */
const SHORT_BYTES = 16 * 2 ** 20

/** Whether a `Content-Length` header says that the body is short. */
export const isShort = (header: string | null | undefined): boolean =>
  typeof header === 'string' && Number(header) <= SHORT_BYTES

/** Reads a `Retry-After` header in its form of seconds. */
export function retryAfterMs(header: string | null | undefined): number | undefined {
  return header && /^\d{1,6}$/.test(header) ? Number(header) * 1000 : undefined
}

/** The media type of a `Content-Type` header, without its parameters. */
export function mediaType(header: string | null | undefined): string | undefined {
  return header?.split(';', 1)[0]?.trim().toLowerCase()
}

/** Sends requests, with connections of its own that do not keep the process alive. */
export type Http = (request: HttpRequest) => Promise<HttpResponse>

/** What a platform's way of sending is opened with. */
export interface HttpOptions {
  /** Certificates of authorities, in PEM, in place of the system's. */
  readonly ca?: string | readonly string[] | undefined
}

/** The same way of sending in two forms: our own for frames, `fetch` for the tRPC client. */
export interface OpenedHttp {
  readonly http: Http
  readonly fetch: typeof globalThis.fetch
}
