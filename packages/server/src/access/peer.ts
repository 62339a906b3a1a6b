import type { IncomingHttpHeaders } from 'node:http'
import { BlockList, isIP } from 'node:net'
import { isLoopback } from './loopback.ts'

/** Where a request comes from, as far as that can be trusted. */
export interface Peer {
  /** The caller's address, or the proxy's if nothing better is known. IPv4 is always written as four numbers. */
  readonly address: string
  /** Whether the caller is on this machine: it has a loopback address, and there is no untrusted proxy in between. */
  readonly local: boolean
}

/** Headers that only a proxy adds, besides all that begin with `x-forwarded`. */
const PROXY_HEADERS = new Set([
  'forwarded',
  'via',
  'x-real-ip',
  'x-client-ip',
  'x-cluster-client-ip',
  'x-original-forwarded-for',
  'x-envoy-external-address',
  'x-proxyuser-ip',
  'cf-connecting-ip',
  'cf-ray',
  'fastly-client-ip',
  'fly-client-ip',
  'true-client-ip',
])

/** Tells callers apart from the proxies in front of them. */
export class Peers {
  readonly #trusted = new BlockList()
  readonly #any: boolean

  /** `trusted` holds addresses, or networks such as `10.0.0.0/8`. Throws a `TypeError` for anything else. */
  constructor(trusted: readonly string[]) {
    this.#any = trusted.length > 0
    for (const text of trusted) add(this.#trusted, text)
  }

  /** Whether an address is a proxy whose `X-Forwarded-For` is trusted. */
  trusts(address: string): boolean {
    return this.#any && this.#trusted.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4')
  }

  /**
   * The caller of a request. Behind a trusted proxy it is the last address of `X-Forwarded-For` that is not a trusted
   * proxy: the caller can write anything before that one.
   */
  of(remoteAddress: string | undefined, headers: IncomingHttpHeaders): Peer {
    const remote = plainAddress(remoteAddress ?? '')
    if (!cameThroughProxy(headers)) return { address: remote, local: isLoopback(remote) }
    if (!this.trusts(remote)) return { address: remote, local: false }
    const chain = String(headers['x-forwarded-for'] ?? '').split(',')
    for (const text of chain.toReversed()) {
      const address = forwardedAddress(text.trim())
      if (address === undefined) break
      if (!this.trusts(address) || text === chain[0]) return { address, local: isLoopback(address) }
    }
    return { address: remote, local: false }
  }
}

/** What an address limit counts as one: for IPv6, the network of one customer. */
export function networkOf(address: string): string {
  if (isIP(address) !== 6) return address
  const [head = '', tail] = (address.split('%')[0] ?? '').split('::')
  const [first, last] = [head, tail ?? ''].map((part) => part.split(':').filter((group) => group !== ''))
  const zeros = tail === undefined ? 0 : 8 - (first?.length ?? 0) - (last?.length ?? 0)
  const groups = [...(first ?? []), ...Array<string>(Math.max(0, zeros)).fill('0'), ...(last ?? [])]
  return `${groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')}::/64`
}

/** An IPv4 address inside IPv6, as a dual-stack socket reports it, is IPv4. */
export function plainAddress(address: string): string {
  const inner = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1]
  return inner ?? address
}

function cameThroughProxy(headers: IncomingHttpHeaders): boolean {
  for (const name in headers) if (PROXY_HEADERS.has(name) || name.startsWith('x-forwarded')) return true
  return false
}

/** An entry of `X-Forwarded-For`; some have a port. */
function forwardedAddress(text: string): string | undefined {
  const address = /^\[([^\]]*)\](?::\d+)?$/.exec(text)?.[1] ?? /^([\d.]+):\d+$/.exec(text)?.[1] ?? text
  return isIP(address) === 0 ? undefined : plainAddress(address)
}

function add(list: BlockList, text: string): void {
  const [, address = '', bits] = /^([^/]*)(?:\/(\d{1,3}))?$/.exec(text) ?? []
  const family = isIP(address) === 6 ? 'ipv6' : 'ipv4'
  if (isIP(address) === 0 || Number(bits ?? 0) > (family === 'ipv6' ? 128 : 32))
    throw new TypeError(
      `trusted proxy: got ${JSON.stringify(text)}; expected an address or a network, such as 10.0.0.0/8`,
    )
  if (bits === undefined) list.addAddress(address, family)
  else list.addSubnet(address, Number(bits), family)
}
