import { createServer } from 'node:net'
import { inspect } from 'node:util'
import { connect } from '@stockdb/client'
import { WIRE_VERSION } from '@stockdb/contract/wire'
import { afterEach, describe, expect, it, vi } from 'vitest'
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

  it('says what was probably meant by a misspelt dataset, and which there are, in plain JavaScript', async () => {
    const db = await connect((await serveHere()).url)
    const missing = Reflect.get(db, 'dayly') as { range(): unknown }
    expect(() => missing.range()).toThrow(
      /^did you mean "daily"\? the server serves no dataset "dayly"; it serves stock_basic, trade_cal, .*daily/,
    )
    expect(() => missing.range()).toThrow(expect.objectContaining({ name: 'InvalidInputError', code: 'INVALID_INPUT' }))
    expect(() => (Reflect.get(db, 'kline_1999') as { range(): unknown }).range()).toThrow(
      /^the server serves no dataset/,
    )
  })

  it('says that a dataset may be there for others, where the connection has a token', async () => {
    const db = await connect((await serveHere()).url, { token: 'secret' })
    expect(() => (Reflect.get(db, 'kline') as { range(): unknown }).range()).toThrow(
      /^the server serves no dataset "kline" to this token; it serves /,
    )
  })

  it('says which calls there are when asked for another', async () => {
    const db = await connect((await serveHere()).url)
    const missing = (part: object, name: string) => Reflect.get(part, name) as () => unknown
    expect(missing(db.daily, 'ragne')).toThrow(
      'did you mean "range"? db.daily has no call "ragne"; it has range, at, latest, panel, upsert, delete, watch, stream, tail',
    )
    expect(missing(db.calendar, 'offsett')).toThrow(/^did you mean "offset"\? db\.calendar has no call "offsett"/)
    expect(missing(db.daily, 'download')).toThrow(/^db\.daily has no call "download"; it has range/)
    expect(missing(db.daily, 'asOf')).toThrow(
      /db\.daily has no call "asOf", which needs pointInTime in its declaration; it has range/,
    )
  })

  it('gives something that can be awaited, printed and looked at in every way', async () => {
    const served = await serveHere()
    const db = await connect(served.url)
    expect(await Promise.resolve(db)).toBe(db)
    expect('daily' in db).toBe(true)
    expect('dayly' in db).toBe(false)
    expect(String(Object.prototype.toString.call(db))).toBe('[object Object]')
    for (const part of [db, db.daily, db.calendar, db.instruments, db.meta, db.ops, Reflect.get(db, 'dayly')]) {
      for (const name of ['then', 'toJSON', 'inspect', 'schema', 'head', 'nodeType', 'length', 'x', '$$typeof', '0'])
        Reflect.get(part, name)
      expect(inspect(part, { depth: 9, showHidden: true }).split('\n').length).toBeLessThan(6)
      expect(inspect(part, { showProxy: true })).not.toBe('')
      expect(`${String(part)}${JSON.stringify(part)}${JSON.stringify({ part })}`).toContain('[object Object]')
      expect(part).not.toEqual({ a: 1 })
      expect(await part).toBe(part)
    }
    expect(inspect(db)).toMatch(
      new RegExp(`^stockdb .* at ${served.url}, on SQLite .*\ndatasets: stock_basic, .*\nalso: calendar, .*query$`),
    )
    expect(inspect(db.daily)).toBe('db.daily: range, at, latest, panel, upsert, delete, watch, stream, tail')
    expect(JSON.parse(JSON.stringify(db))).toMatchObject({
      url: served.url,
      datasets: { daily: ['range', 'at', 'latest', 'panel', 'upsert', 'delete', 'watch'] },
    })
    expect(Object.keys(db.daily)).toEqual([
      'range',
      'at',
      'latest',
      'panel',
      'upsert',
      'delete',
      'watch',
      'stream',
      'tail',
    ])
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

describe('connect without an address', () => {
  afterEach(() => vi.unstubAllEnvs())

  async function serveSeeing(): Promise<{ readonly url: string; readonly tokens: (string | undefined)[] }> {
    const tokens: (string | undefined)[] = []
    const { url } = await serveAll((response, _, { authorization }) => {
      tokens.push(authorization)
      sendJson(response, 200, { result: { data: info } })
    })
    return { url, tokens }
  }

  it('takes address and token from the environment', async () => {
    const { url, tokens } = await serveSeeing()
    vi.stubEnv('STOCKDB_URL', url)
    vi.stubEnv('STOCKDB_TOKEN', 'of the environment')
    await connect()
    await connect(undefined, { token: 'given' })
    expect(tokens).toEqual(['Bearer of the environment', 'Bearer given'])
  })

  it('sends the token of the environment to no other address than that of the environment', async () => {
    const { url, tokens } = await serveSeeing()
    vi.stubEnv('STOCKDB_URL', 'http://127.0.0.1:9')
    vi.stubEnv('STOCKDB_TOKEN', 'secret')
    await connect(url)
    expect(tokens).toEqual([undefined])
  })

  it('says what to do when the environment has none, or an invalid one', async () => {
    vi.stubEnv('STOCKDB_URL', '')
    expect((await failureOf(connect())).message).toBe(
      'url: got nothing, and STOCKDB_URL is not set; expected an address such as http://127.0.0.1:7788',
    )
    vi.stubEnv('STOCKDB_URL', 'mysql://root:p@ss@host/db')
    expect((await failureOf(connect())).message).toBe(
      'STOCKDB_URL: got "mysql://…@host/db"; expected an address such as http://127.0.0.1:7788',
    )
  })
})

describe('connect by the wrong protocol', () => {
  it('says which one the server speaks', async () => {
    const plain = await serveAll(() => undefined)
    const url = plain.url.replace('http:', 'https:')
    expect((await failureOf(connect(url, { retries: 0 }))).message).toBe(
      `cannot reach the stockdb server at ${url}: it speaks plain HTTP; use ${plain.url}`,
    )
  })

  it('says that a server which hangs up may expect TLS', async () => {
    // A TLS server does so with a request in plain HTTP.
    const { url } = await serveAll((response) => response.destroy())
    expect((await failureOf(connect(url, { retries: 0 }))).message).toMatch(
      `if the server uses TLS, connect to ${url.replace('http:', 'https:')}`,
    )
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
    expect(error.message).toMatch(/cannot reach the stockdb server at http.*: .*ECONNREFUSED/)
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
      `the server 9.9.9 has wire version ${WIRE_VERSION + 1}, this client ${WIRE_VERSION}; use the same version of both`,
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
