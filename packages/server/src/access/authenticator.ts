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
  /** Origins whose pages may call from a browser. */
  readonly corsOrigins: readonly string[]
}

/**
 * Identifies the caller of a request. While no token is defined, anyone who can reach a loopback address gets in as
 * `anonymous` with every scope, since they could open the database directly anyway; but web pages that they visit do
 * not, and neither does anyone who comes through a proxy.
 */
export class Authenticator {
  readonly #tokens: TokenStore
  readonly #corsOrigins: readonly string[]

  /** Throws a `TypeError` if other machines can reach the address and there is no token. */
  constructor({ tokens, host, corsOrigins }: GateOptions) {
    if (!isLoopback(host) && !tokens.usable) {
      throw new TypeError(
        `--host: got ${host}, which other machines can reach, and no valid token is defined; create one with ${CREATE}, or listen on 127.0.0.1`,
      )
    }
    this.#tokens = tokens
    this.#corsOrigins = corsOrigins
  }

  /** The caller of a request. One without access gets the reason from `demand`. */
  principalOf(headers: IncomingHttpHeaders, peer: Peer): Principal {
    if (!this.#tokens.defined) {
      const refusal = this.#refuseRemote(peer) ?? this.#refuseBrowsers(headers)
      return refusal ? refusedPrincipal('unknown', refusal) : anonymous
    }
    const { authorization } = headers
    if (authorization === undefined) {
      return refused('unknown', `a token is required: Authorization: Bearer SECRET; ${CREATE} creates one`)
    }
    const secret = BEARER_FORM.exec(authorization)?.[1]
    if (secret === undefined) return refused('unknown', 'Authorization: expected "Bearer SECRET"')
    const token = this.#tokens.find(secret)
    if (!token) return refused('unknown', `unknown token; ${CREATE} creates one`)
    if (isUsable(token, new Date())) return principalOf(token.name, token.scopes, token.datasets)
    return refused(
      token.name,
      token.revokedAt === undefined
        ? `the token "${token.name}" expired at ${token.expiresAt}; ${CREATE} creates a new one`
        : `the token "${token.name}" was revoked at ${token.revokedAt}`,
    )
  }

  /** A client behind a proxy on this machine may be anywhere. */
  #refuseRemote({ local }: Peer): StockdbError | undefined {
    if (local) return undefined
    return new StockdbError(
      'FORBIDDEN',
      `the request came through a proxy, according to its headers, and without tokens this server only serves its own machine; ${CREATE} creates a token`,
    )
  }

  /**
   * A page of any origin can send requests to a loopback address. If it points its own host name there, it can read the
   * answers too.
   */
  #refuseBrowsers(headers: IncomingHttpHeaders): StockdbError | undefined {
    const { origin, host } = headers
    if (origin !== undefined && this.#corsOrigins.includes(origin)) return undefined
    const site = headers['sec-fetch-site']
    if (origin !== undefined || (site !== undefined && site !== 'none' && site !== 'same-origin')) {
      return new StockdbError(
        'FORBIDDEN',
        'pages of other origins may not call this server; --cors-origin allows an origin',
      )
    }
    if (!namesLoopback(host)) {
      return new StockdbError(
        'FORBIDDEN',
        `Host: expected a loopback name, such as 127.0.0.1, while there are no tokens; for other names create a token: ${CREATE}`,
      )
    }
    return undefined
  }
}

function refused(name: string, message: string): Principal {
  return refusedPrincipal(name, new StockdbError('UNAUTHORIZED', message))
}
