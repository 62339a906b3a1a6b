import { createServer } from 'node:net'
import { connect } from '@stockdb/client'
import { WIRE_VERSION } from '@stockdb/contract/wire'
import { describe, expect, it, vi } from 'vitest'
import { type Answer, info, sendError, sendJson, serveAll, serveBadly } from './support/bad-server.ts'
import { failureOf } from './support/failure-of.ts'
import { serveHere } from './support/served.ts'

describe('connect', () => {
  it('returns a client for each dataset of the server', async () => {
    const served = await serveHere()
    const db = await connect(served.url)
    expect(Object.keys(db)).toEqual(expect.arrayContaining(['daily', 'stock_basic', 'calendar', 'meta', 'ops', 'trpc']))
    const answer = await db.meta.info()
    expect(answer).toMatchObject({ name: 'stockdb', wireVersion: WIRE_VERSION, engine: { kind: 'sqlite' } })
    expect((await db.meta.datasets()).map(({ name }) => name)).toEqual(Object.keys(answer.datasets))
    expect(await db.ops.health()).toMatchObject({ status: 'ok', database: 'ok' })
  })

  it('accepts an address with a trailing slash or a base path', async () => {
    const served = await serveHere()
    await connect(`${served.url}/`)
    const behind = await serveAll((response, _, { path }) => {
      if (path === '/stocks/trpc/meta.info') sendJson(response, 200, { result: { data: info } })
      else sendJson(response, 404, {})
    })
    await connect(`${behind.url}/stocks/`)
  })

  it('names the available datasets if asked for another, in plain JavaScript', async () => {
    const db = await connect((await serveHere()).url)
    expect(() => Reflect.get(db, 'dayly')).toThrow(
      /serves no dataset "dayly"; it serves stock_basic, trade_cal, .*daily/,
    )
    expect(() => Reflect.get(db, 'dayly')).toThrow(
      expect.objectContaining({ name: 'InvalidInputError', code: 'INVALID_INPUT' }),
    )
  })

  it('returns an object that can be awaited, inspected and enumerated', async () => {
    const db = await connect((await serveHere()).url)
    expect(await Promise.resolve(db)).toBe(db)
    expect('daily' in db).toBe(true)
    expect('dayly' in db).toBe(false)
    expect(String(Object.prototype.toString.call(db))).toBe('[object Object]')
  })

  it.each([
    '',
    'localhost:7788',
    '127.0.0.1:7788',
    'ftp://127.0.0.1:7788',
    'mysql://127.0.0.1:3306/stocks',
    'http://',
    '//host',
  ])('refuses the address %j', async (url) => {
    const error = await failureOf(connect(url))
    expect(error).toMatchObject({ name: 'InvalidInputError', code: 'INVALID_INPUT', requestId: undefined })
    expect(error.message).toMatch(/^url: .*expected an address such as http:\/\/127\.0\.0\.1:7788$/)
  })

  it('does not repeat a password from an invalid address', async () => {
    const { message } = await failureOf(connect('mysql://root:hunter2@127.0.0.1:3306/stocks'))
    expect(message).toContain('url')
    expect(message).not.toContain('hunter2')
  })

  it('sends the token with every request, frames included', async () => {
    const bad = await serveAll((response, _, { path }) => {
      if (path === '/trpc/meta.info') sendJson(response, 200, { result: { data: info } })
      else sendError(response, 400, 'INVALID_INPUT')
    })
    const db = await connect(bad.url, { token: 'secret' })
    await failureOf(db.daily.range())
    await failureOf(db.calendar.next({ date: '2024-01-02' }))
    expect(bad.requests.map(({ authorization }) => authorization)).toEqual(['Bearer secret', 'Bearer secret'])
  })

  it('uses the given fetch for all requests', async () => {
    const served = await serveHere()
    const own = vi.fn(fetch)
    const db = await connect(served.url, { fetch: own })
    await db.daily.range()
    await db.ops.health()
    expect(own).toHaveBeenCalledTimes(3)
  })
})

describe('connect to an address that does not answer', () => {
  it('says that the server cannot be reached', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    const { port } = server.address() as { port: number }
    await new Promise((resolve) => server.close(resolve))
    const error = await failureOf(connect(`http://127.0.0.1:${port}`, { retries: 0 }))
    expect(error).toMatchObject({
      name: 'UnavailableError',
      code: 'UNREACHABLE',
      retryable: true,
      requestId: undefined,
    })
    expect(error.message).toMatch(/cannot reach the stockdb server: .*ECONNREFUSED/)
  })

  it('gives up after timeoutMs, and when its signal fires', async () => {
    const silent = await serveAll(() => undefined)
    expect(await failureOf(connect(silent.url, { timeoutMs: 50 }))).toMatchObject({
      name: 'TimeoutError',
      code: 'CALL_TIMEOUT',
    })
    const signal = AbortSignal.timeout(50)
    expect(await failureOf(connect(silent.url, { signal }))).toMatchObject({
      name: 'CancelledError',
      code: 'CANCELLED',
    })
  })
})

describe('connect to something other than a stockdb server', () => {
  it.each<[string, Answer]>([
    [
      'a web site',
      (response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><p>Hello'),
    ],
    ['a web site that has no such page', (response) => response.writeHead(404).end('Not Found')],
    ['a gateway with nothing behind it', (response) => response.writeHead(502).end('<h1>502 Bad Gateway</h1>')],
    ['another JSON service', (response) => sendJson(response, 200, { ok: true })],
    ['another tRPC server', (response) => sendJson(response, 200, { result: { data: null } })],
    ['another tRPC server with data', (response) => sendJson(response, 200, { result: { data: ['a'] } })],
    [
      'another tRPC server without such a path',
      (response) =>
        sendJson(response, 404, { error: { message: 'No procedure', code: -32004, data: { code: 'NOT_FOUND' } } }),
    ],
    ['a server with an empty response', (response) => response.writeHead(204).end()],
    ['a server that hangs up', (response) => response.destroy()],
  ])('says so: %s', async (_, answer) => {
    const { url } = await serveAll(answer)
    const error = await failureOf(connect(url, { retries: 0 }))
    expect(error).toMatchObject({ name: 'UnavailableError', code: 'UNREACHABLE' })
    expect(error.message).toMatch(/stockdb server/)
  })

  it('refuses a server of another wire version, and names both', async () => {
    const { url } = await serveAll((response) =>
      sendJson(response, 200, { result: { data: { ...info, version: '9.9.9', wireVersion: WIRE_VERSION + 1 } } }),
    )
    const error = await failureOf(connect(url))
    expect(error).toMatchObject({ name: 'WireMismatchError', code: 'WIRE_MISMATCH', retryable: false })
    expect(error.message).toBe(
      `the server 9.9.9 speaks wire version ${WIRE_VERSION + 1}, this client ${WIRE_VERSION}; use the same version of both`,
    )
  })

  it('also refuses if only its frames have another version', async () => {
    const html = await serveBadly((response) =>
      response.writeHead(200, { 'content-type': 'text/html' }).end('<p>Hello'),
    )
    const db = await connect(html.url, { retries: 0 })
    expect(await failureOf(db.daily.range())).toMatchObject({
      code: 'UNREACHABLE',
      message: expect.stringContaining('HTTP 200'),
    })
  })
})
