import type { Socket } from 'node:net'
import { networkOf, plainAddress } from '../access/peer.ts'
import { InProgress } from '../bounds/in-progress.ts'
import { type SharedCaller, type SharedLoad, unsharedLoad } from '../bounds/shared-load.ts'

export interface ConnectionBounds {
  readonly maxConnections: number
  readonly maxConnectionsPerAddress: number
  /** Whether an address is unlimited: this machine's own, and proxies that speak for others. */
  exempt(address: string): boolean
  /** Called when connections were closed because there were too many, at most every ten seconds. */
  onClosed(count: number): void
  /** What other workers count in these limits. */
  readonly shared?: SharedLoad
}

interface Connection {
  readonly socket: Socket
  readonly network: string
  readonly limited: boolean
  /** When it was opened, or when its last request began or ended. */
  since: number
  requests: number
  group: InProgress<Connection> | undefined
}

/** How long a connection without a request, or without a token, is safe from being closed for others. */
const GRACE_MS = 500
/** Connections beyond the limit while none can be closed, so that `/healthz` is reachable when all are busy. */
const RESERVE = 8
const LOG_EVERY_MS = 10_000

/**
 * The connections of a server. If there are too many, in total or from one address, one of them is closed for the new
 * one: first those that no authorized caller uses. So idle sockets cannot block other clients.
 */
export class Connections {
  readonly #bounds: ConnectionBounds
  readonly #shared: SharedLoad
  readonly #bySocket = new Map<Socket, Connection>()
  readonly #bySecureSocket = new WeakMap<Socket, Connection>()
  readonly #byPort = new Map<string, Connection>()
  readonly #perNetwork = new Map<string, { connections: number; readonly shared: SharedCaller }>()
  /** Each in the order of `since`. A connection with an authorized request in progress is in none of them. */
  readonly #fresh = new InProgress<Connection>()
  readonly #idleStrangers = new InProgress<Connection>()
  readonly #busyStrangers = new InProgress<Connection>()
  readonly #idle = new InProgress<Connection>()
  #closed = 0
  #loggedAt = Number.NEGATIVE_INFINITY

  constructor(bounds: ConnectionBounds) {
    this.#bounds = bounds
    this.#shared = bounds.shared ?? unsharedLoad
  }

  /** Every open socket, including those before their handshake. */
  get sockets(): Iterable<Socket> {
    return this.#bySocket.keys()
  }

  get size(): number {
    return this.#bySocket.size
  }

  /** Registers a connection, and closes another one, or this one, if there is no room. */
  add(socket: Socket): void {
    const address = plainAddress(socket.remoteAddress ?? '')
    const network = networkOf(address)
    const limited = !this.#bounds.exempt(address)
    const one: Connection = { socket, network, limited, since: performance.now(), requests: 0, group: undefined }
    this.#bySocket.set(socket, one)
    this.#byPort.set(portOf(socket), one)
    const ofNetwork = this.#perNetwork.get(network) ?? {
      connections: 0,
      shared: this.#shared.callerOf(`connections of ${network}`),
    }
    this.#perNetwork.set(network, ofNetwork)
    ofNetwork.shared.publish(++ofNetwork.connections, 0)
    this.#shared.publish('connections', this.size)
    const key = portOf(socket)
    socket.on('close', () => this.#remove(one, key))
    if (limited && ofNetwork.connections + ofNetwork.shared.callsElsewhere > this.#bounds.maxConnectionsPerAddress)
      this.#close(this.#oldest((other) => other.limited && other.network === network) ?? one)
    const tooMany = this.size + this.#shared.elsewhere('connections') - this.#bounds.maxConnections
    if (tooMany > 0) {
      const victim = this.#oldest(() => true)
      if (victim) this.#close(victim)
      else if (tooMany > RESERVE) this.#close(one)
    }
    if (!socket.destroyed) this.#move(one, this.#fresh)
  }

  /** The raw socket of an encrypted one that is already counted. */
  addSecure(socket: Socket): void {
    const one = this.#byPort.get(portOf(socket))
    if (one) this.#bySecureSocket.set(socket, one)
  }

  /** The transport of a socket: itself, or the raw socket if it is encrypted. */
  carrierOf(socket: Socket): Socket {
    return this.#of(socket)?.socket ?? socket
  }

  /** A request has begun, from an authorized caller or not. */
  begin(socket: Socket, known: boolean): void {
    const one = this.#of(socket)
    if (!one) return
    one.requests++
    this.#move(one, known ? undefined : this.#busyStrangers)
  }

  /** A request was received and answered immediately. */
  passed(socket: Socket, known: boolean): void {
    const one = this.#of(socket)
    const group = known ? this.#idle : this.#idleStrangers
    if (one && one.requests === 0 && one.group !== group) this.#move(one, group)
  }

  /** The request has ended. */
  end(socket: Socket, known: boolean): void {
    const one = this.#of(socket)
    if (!one || one.requests === 0) return
    one.requests--
    if (one.requests === 0) this.#move(one, known ? this.#idle : this.#idleStrangers)
  }

  #of(socket: Socket): Connection | undefined {
    const one = this.#bySocket.get(socket) ?? this.#bySecureSocket.get(socket)
    return one && this.#bySocket.has(one.socket) ? one : undefined
  }

  /** Which connection to close for a new one. */
  #oldest(fits: (one: Connection) => boolean): Connection | undefined {
    const before = performance.now() - GRACE_MS
    return (
      first(this.#idleStrangers, fits) ??
      first(this.#fresh, fits, before) ??
      first(this.#busyStrangers, fits, before) ??
      first(this.#idle, fits) ??
      first(this.#fresh, fits)
    )
  }

  #move(one: Connection, group: InProgress<Connection> | undefined): void {
    one.group?.delete(one)
    one.since = performance.now()
    one.group = group
    group?.add(one)
  }

  #close(one: Connection): void {
    one.socket.destroy()
    this.#remove(one, undefined)
    this.#closed++
    if (performance.now() - this.#loggedAt < LOG_EVERY_MS) return
    this.#loggedAt = performance.now()
    this.#bounds.onClosed(this.#closed)
    this.#closed = 0
  }

  #remove(one: Connection, key: string | undefined): void {
    if (key !== undefined && this.#byPort.get(key) === one) this.#byPort.delete(key)
    if (!this.#bySocket.delete(one.socket)) return
    one.group?.delete(one)
    one.group = undefined
    this.#shared.publish('connections', this.size)
    const ofNetwork = this.#perNetwork.get(one.network)
    if (!ofNetwork) return
    ofNetwork.shared.publish(--ofNetwork.connections, 0)
    if (ofNetwork.connections === 0) this.#perNetwork.delete(one.network)
  }
}

/** The oldest matching one of a group; none if it is newer than `before`. */
function first(
  group: Iterable<Connection>,
  fits: (one: Connection) => boolean,
  before = Number.POSITIVE_INFINITY,
): Connection | undefined {
  for (const one of group) {
    if (one.since > before) return undefined
    if (fits(one)) return one
  }
  return undefined
}

/** Identifies a connection within a server. */
function portOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`
}
