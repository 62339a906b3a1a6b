import type { StockdbError } from '@stockdb/contract/wire'
import { errorOf } from '../errors.ts'

/** A platform's error of a failed request: `fetch` throws "fetch failed" with the reason as cause. */
function rootOf(error: unknown): Error & { readonly code?: unknown } {
  const { cause } = error as Error
  return cause instanceof Error && cause.message !== '' ? cause : (error as Error)
}

/** The platform's reason for a failed request. */
export const rootMessage = (error: unknown): string => rootOf(error).message

/** A plain HTTP answer where TLS was expected, in the words of OpenSSL, BoringSSL and rustls. */
const NOT_TLS = /wrong.version.number|packet.length.too.long|InvalidContentType|does the server speak TLS/i
const UNKNOWN_AUTHORITY = /self.signed|unable to (verify|get)|SELF_SIGNED|UNABLE_TO|invalid peer certificate/i
const CLOSED =
  /UND_ERR_SOCKET|ECONNRESET|ConnectionClosed|connection closed|connection reset|other side closed|hang up/i

/** The error of a request without a response from `url`. */
export function unreachable(url: string, error: unknown): StockdbError {
  return errorOf('UNREACHABLE', `cannot reach the stockdb server at ${origin(url)}: ${reason(url, error)}`, {
    cause: error,
  })
}

function reason(url: string, error: unknown): string {
  const { code, message } = rootOf(error)
  const said = `${code} ${message}`
  if (!url.startsWith('https:')) return message
  if (NOT_TLS.test(said)) return `it speaks plain HTTP; use ${origin(url).replace('https:', 'http:')}`
  if (UNKNOWN_AUTHORITY.test(said))
    return `its certificate is not signed by a known authority (${message}); pass the authority's certificate as "ca"`
  return message
}

/**
 * The error of the first request, with what else may be the reason: a server that expects TLS closes a plain connection without an
 * answer, and a browser does not say why it withholds one. Later, a closed connection has other reasons.
 */
export function atFirst(url: string, error: unknown): unknown {
  const { code, cause, message } = error as Partial<StockdbError>
  const hint = code === 'UNREACHABLE' && cause !== undefined && (pageHint(url) ?? tlsHint(url, cause))
  return hint ? errorOf('UNREACHABLE', `${message}; ${hint}`, { cause }) : error
}

function tlsHint(url: string, cause: unknown): string | undefined {
  const { code, message } = rootOf(cause)
  if (!url.startsWith('http:') || !CLOSED.test(`${code} ${message}`)) return undefined
  return `if the server uses TLS, connect to ${origin(url).replace('http:', 'https:')}`
}

function pageHint(url: string): string | undefined {
  const page = (globalThis as { readonly location?: { readonly origin?: string } }).location?.origin
  if (page === undefined || page === origin(url)) return undefined
  return `if it is running, it must allow the origin of this page: --cors-origin ${page}`
}

const origin = (url: string): string => new URL(url).origin
