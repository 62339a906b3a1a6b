import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { StockdbServer } from '@stockdb/server'
import { createLog, start } from '@stockdb/server'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { makeToken } from '../../src/access/token.ts'
import { changeTokens } from '../../src/access/token-file.ts'
import { makeCertificates } from '../support/certificates.ts'
import { type Store, sqliteMaker } from '../support/stores.ts'

const MAX = 20
const folder = mkdtempSync(join(tmpdir(), 'stockdb-test-'))
const tokens = join(folder, 'tokens.json')
const { secret, token } = makeToken({ name: 'a', scopes: ['read'] }, new Date())
const AUTHORIZED = { authorization: `Bearer ${secret}` }

let store: Store

beforeAll(async () => {
  store = await sqliteMaker.open()
  await changeTokens(tokens, () => [token])
})
afterAll(async () => {
  await store?.drop()
  rmSync(folder, { recursive: true, force: true })
})

async function serving(options: Partial<Parameters<typeof start>[0]> = {}): Promise<StockdbServer> {
  const bounds = { maxConnections: MAX, maxLoopDelayMs: 60_000, drainTimeoutMs: 0, ...options.bounds }
  const server = await start({ log: createLog('silent'), tokens, ...options, bounds, database: store.address, port: 0 })
  onTestFinished(() => server.close())
  return server
}

/** Opens idle connections that stay half-open when the server closes its side. */
async function idle(server: StockdbServer, count: number, from = '127.0.0.1'): Promise<Socket[]> {
  const sockets = Array.from({ length: count }, () => {
    const socket = connect({
      port: Number(new URL(server.url).port),
      host: '127.0.0.1',
      localAddress: from,
      allowHalfOpen: true,
    })
    onTestFinished(() => void socket.destroy())
    return socket.on('error', () => {}).resume()
  })
  await Promise.all(sockets.map((socket) => once(socket, 'connect')))
  return sockets
}
const open = (sockets: readonly Socket[]): number =>
  sockets.filter((socket) => !socket.destroyed && !socket.readableEnded).length

/** Status of a call, on a new connection unless an agent keeps one. */
function ask(
  server: StockdbServer,
  path: string,
  { headers = {}, agent, from = '127.0.0.1' }: { headers?: Record<string, string>; agent?: Agent; from?: string } = {},
): Promise<number | undefined> {
  return new Promise((resolve) => {
    const options = { headers, localAddress: from, ...(agent ? { agent } : { agent: false as const }) }
    const req = request(`${server.url}${path}`, options, (res) => {
      res.resume()
      res.on('end', () => resolve(res.statusCode))
    })
    req.on('error', () => resolve(undefined)).end()
  })
}

describe('invariant 9: connections', () => {
  it('idle ones block nothing: /healthz and calls with a token succeed beside three times the maximum', async () => {
    const server = await serving()
    const sockets = await idle(server, 3 * MAX)
    expect(await ask(server, '/healthz')).toBe(200)
    expect(await ask(server, '/trpc/meta.info', { headers: AUTHORIZED })).toBe(200)
    await expect.poll(() => open(sockets)).toBeLessThanOrEqual(MAX)
    const started = performance.now()
    expect(await ask(server, '/healthz')).toBe(200)
    expect(performance.now() - started).toBeLessThan(5_000)
  })

  it('those without a token block nothing, and are closed before those with one', async () => {
    const server = await serving()
    const [known, stranger] = [true, true].map(() => new Agent({ keepAlive: true, maxSockets: 1 })) as [Agent, Agent]
    onTestFinished(() => {
      known.destroy()
      stranger.destroy()
    })
    expect(await ask(server, '/trpc/meta.info', { headers: AUTHORIZED, agent: known })).toBe(200)
    expect(await ask(server, '/trpc/meta.info', { agent: stranger })).toBe(401)
    const socketsOf = (agent: Agent) => Object.values(agent.freeSockets).flat().length
    expect([socketsOf(known), socketsOf(stranger)]).toEqual([1, 1])
    await sleep(600)
    await idle(server, 2 * MAX)
    await expect.poll(() => socketsOf(stranger)).toBe(0)
    expect(await ask(server, '/healthz')).toBe(200)
  })

  it('one address is limited, and others are not affected', async () => {
    const server = await serving({ limitLoopback: true, bounds: { maxConnections: 100, maxConnectionsPerAddress: 5 } })
    const others = await idle(server, 4, '127.0.0.3')
    const many = await idle(server, 30, '127.0.0.2')
    await expect.poll(() => open(many)).toBe(5)
    expect(open(others)).toBe(4)
    expect(await ask(server, '/healthz', { from: '127.0.0.2' })).toBe(200)
    expect(await ask(server, '/healthz', { from: '127.0.0.4' })).toBe(200)
  })

  it.each([
    ['this machine’s own', {}],
    ['a trusted proxy’s', { limitLoopback: true, trustedProxies: ['127.0.0.2'] }],
  ])('%s address may use all of them', async (_, options) => {
    const server = await serving({ ...options, bounds: { maxConnections: 100, maxConnectionsPerAddress: 5 } })
    const many = await idle(server, 30, '127.0.0.2')
    await sleep(100)
    expect(open(many)).toBe(30)
  })

  it('idle ones are closed after --head-timeout, and after 408, 400 and 431 even if the client keeps its side open', async () => {
    const server = await serving({ bounds: { headTimeoutMs: 200, keepAliveMs: 200 } })
    const sockets = await idle(server, 6)
    for (const [index, text] of [
      'GET /heal',
      'nonsense\r\n\r\n',
      `GET /${'x'.repeat(60_000)}`,
      'GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n',
    ].entries())
      sockets[index]?.write(text)
    // Writing to a connection that the server has closed causes a reset.
    const gone = (socket: Socket): boolean => {
      if (!socket.destroyed) socket.write('x')
      return socket.destroyed
    }
    await expect.poll(() => sockets.map(gone), { timeout: 10_000, interval: 500 }).toEqual(sockets.map(() => true))
  })

  it('with TLS, those without a handshake block nothing either', async () => {
    const made = makeCertificates(folder, 'tls')
    const tls = { cert: readFileSync(made.certFile, 'utf8'), key: readFileSync(made.keyFile, 'utf8') }
    const server = await serving({ tls })
    await idle(server, 2 * MAX)
    const { Agent: Undici, request: ask } = await import('undici')
    for (let round = 0; round < 2; round++) {
      // A new connection each time: a kept one may be closed for others just when it is reused.
      const dispatcher = new Undici({ connect: { ca: made.ca } })
      onTestFinished(() => dispatcher.close())
      const { statusCode, body } = await ask(`${server.url}/trpc/meta.info`, { dispatcher, headers: AUTHORIZED })
      expect(statusCode).toBe(200)
      await body.dump()
      await idle(server, MAX)
    }
  })
})
