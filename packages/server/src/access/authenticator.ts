import type { IncomingHttpHeaders } from 'node:http'
import { StockdbError } from '@stockdb/contract/wire'
import { isLoopback, namesLoopback } from './loopback.ts'
import type { Peer } from './peer.ts'
import { anonymous, type Principal, principalOf, refusedPrincipal } from './principal.ts'
import { isUsable } from './token.ts'
import type { TokenStore } from './token-store.ts'

const BEARER_FORM = /^bearer +([!-~]+) *$/i
const CREATE = '"stockdb token create --name NAME --scopes read"'

export interface GateOptions {
  readonly tokens: TokenStore
  /** The address that the server listens on. */
  readonly host: string
  /** Origins whose pages may ask from a browser. */
  readonly corsOrigins: readonly string[]
}

/**
 * Tells who makes a request. While no token is defined, anyone who can reach a loopback address is let in as `anonymous`
 * with every scope, for they could open the database as well; but not the web pages that they visit, and not anyone who
 * comes through a proxy.
 */
export class Authenticator {
  readonly #tokens: TokenStore
  readonly #corsOrigins: readonly string[]

  /** Throws a `TypeError` when the address can be reached from elsewhere and there is no token. */
  constructor({ tokens, host, corsOrigins }: GateOptions) {
    if (!isLoopback(host) && !tokens.usable) {
      throw new TypeError(
        `${host} can be reached from other machines, and no valid token is defined: create one with ${CREATE}, or listen on 127.0.0.1`,
      )
    }
    this.#tokens = tokens
    this.#corsOrigins = corsOrigins
  }

  /** The caller of a request; one who may not come in is told so by `demand`. */
  principalOf(headers: IncomingHttpHeaders, peer: Peer): Principal {
    if (!this.#tokens.defined) {
      const refusal = this.#refuseRemote(peer) ?? this.#refuseBrowsers(headers)
      return refusal ? refusedPrincipal('unknown', refusal) : anonymous
    }
    const { authorization } = headers
    if (authorization === undefined) {
      return refused('unknown', `a token is needed: Authorization: Bearer SECRET; ${CREATE} makes one`)
    }
    const secret = BEARER_FORM.exec(authorization)?.[1]
    if (secret === undefined) return refused('unknown', 'Authorization: expected "Bearer SECRET"')
    const token = this.#tokens.find(secret)
    if (!token) return refused('unknown', `the token is not known to this server; ${CREATE} makes one`)
    if (isUsable(token, new Date())) return principalOf(token.name, token.scopes, token.datasets)
    return refused(
      token.name,
      token.revokedAt === undefined
        ? `the token "${token.name}" expired at ${token.expiresAt}; ${CREATE} makes a new one`
        : `the token "${token.name}" was revoked at ${token.revokedAt}`,
    )
  }

  /** A client behind a proxy on this machine may be anywhere. */
  #refuseRemote({ local }: Peer): StockdbError | undefined {
    if (local) return undefined
    return new StockdbError(
      'FORBIDDEN',
      `the request came through a proxy, as its headers say, and without tokens this server is for its own machine alone: ${CREATE} makes one`,
    )
  }

  /**
   * A page of any origin can send requests to a loopback address, and by a name of its own that it lets point there it
   * can read the answers too.
   */
  #refuseBrowsers(headers: IncomingHttpHeaders): StockdbError | undefined {
    const { origin, host } = headers
    if (origin !== undefined && this.#corsOrigins.includes(origin)) return undefined
    const site = headers['sec-fetch-site']
    if (origin !== undefined || (site !== undefined && site !== 'none' && site !== 'same-origin')) {
      return new StockdbError('FORBIDDEN', 'pages of other origins may not ask; --cors-origin names those that may')
    }
    if (!namesLoopback(host)) {
      return new StockdbError(
        'FORBIDDEN',
        `Host: without tokens this server is asked by a loopback name, such as 127.0.0.1; for other names create a token: ${CREATE}`,
      )
    }
    return undefined
  }
}

function refused(name: string, message: string): Principal {
  return refusedPrincipal(name, new StockdbError('UNAUTHORIZED', message))
}
