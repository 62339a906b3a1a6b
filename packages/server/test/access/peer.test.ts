import { describe, expect, it } from 'vitest'
import { networkOf, Peers } from '../../src/access/peer.ts'

const HERE = '127.0.0.1'
const peerOf = (trusted: string[], remote: string, headers: Record<string, string> = {}) =>
  new Peers(trusted).of(remote, headers)

describe('the address of a caller', () => {
  it('is the socket’s address; IPv4-mapped IPv6 is IPv4', () => {
    expect(peerOf([], HERE)).toEqual({ address: HERE, local: true })
    expect(peerOf([], '::ffff:127.0.0.1')).toEqual({ address: HERE, local: true })
    expect(peerOf([], '::1')).toEqual({ address: '::1', local: true })
    expect(peerOf([], '192.0.2.7')).toEqual({ address: '192.0.2.7', local: false })
  })

  it('is only taken from a trusted proxy’s header', () => {
    expect(peerOf([], HERE, { 'x-forwarded-for': HERE })).toEqual({ address: HERE, local: false })
    expect(peerOf(['10.0.0.0/8'], HERE, { 'x-forwarded-for': HERE })).toEqual({ address: HERE, local: false })
  })

  it.each([
    ['192.0.2.7', '192.0.2.7', false],
    ['203.0.113.9, 192.0.2.7', '192.0.2.7', false],
    ['127.0.0.1, 192.0.2.7', '192.0.2.7', false],
    ['192.0.2.7, 10.1.2.3', '192.0.2.7', false],
    ['192.0.2.7:4711', '192.0.2.7', false],
    ['[2001:db8::1]:443', '2001:db8::1', false],
    ['::ffff:192.0.2.7', '192.0.2.7', false],
    ['127.0.0.1', HERE, true],
    ['10.1.2.3', '10.1.2.3', false],
    ['unknown', HERE, false],
    ['192.0.2.7, unknown', HERE, false],
    ['', HERE, false],
  ])('behind a trusted proxy X-Forwarded-For %j means %s', (header, address, local) => {
    expect(peerOf([HERE, '10.0.0.0/8'], HERE, { 'x-forwarded-for': header })).toEqual({ address, local })
  })

  it('is unknown if a trusted proxy names none', () => {
    expect(peerOf([HERE], HERE, { via: '1.1 proxy' })).toEqual({ address: HERE, local: false })
  })

  it('refuses proxies that are not addresses', () => {
    for (const text of ['proxy.example', '10.0.0.0/33', '10.0.0/8', '', '::1/129', '1.2.3.4/8/8'])
      expect(() => new Peers([text]), text).toThrow(TypeError)
  })
})

it('limits IPv6 addresses of one network together, however they are written', () => {
  expect(new Set(['2001:db8::1', '2001:db8::2', '2001:0DB8:0:0:1::', '2001:db8::%eth0'].map(networkOf))).toEqual(
    new Set(['2001:db8:0:0::/64']),
  )
  expect(networkOf('2001:db8:0:1::1')).toBe('2001:db8:0:1::/64')
  expect(networkOf('::1')).toBe('0:0:0:0::/64')
  expect(networkOf('192.0.2.7')).toBe('192.0.2.7')
})
