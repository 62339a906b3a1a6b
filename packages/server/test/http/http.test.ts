import { connect as connectSocket } from 'node:net'
import { tushare } from '@stockdb/contract'
import { ARROW_STREAM } from '@stockdb/contract/wire'
import { RecordBatchReader, tableFromIPC } from 'apache-arrow'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Served, serve } from '../support/serve.ts'
import { type Store, sqliteMaker } from '../support/stores.ts'
import { writeRows } from '../support/write-rows.ts'

const DAYS = 300
const SYMBOLS = 400
const day = (index: number): string => new Date(Date.UTC(2020, 0, 1 + index)).toISOString().slice(0, 10)

interface Answer {
  readonly status: number
  readonly headers: Headers
  // biome-ignore lint/suspicious/noExplicitAny: any JSON that the server sent
  readonly body: any
}

let store: Store
let served: Served<typeof tushare>
let url: string

beforeAll(async () => {
  store = await sqliteMaker.open()
  served = await serve(store.address, { bounds: { maxBodyBytes: 200_000 } })
  url = served.server.url
  const rows = Array.from({ length: SYMBOLS * DAYS }, (_, index) => {
    const [symbol, date] = [Math.floor(index / DAYS), index % DAYS]
    return [`${String(symbol).padStart(6, '0')}.SZ`, day(date), symbol + date / 7, date === 1 ? null : date]
  })
  await writeRows(served.server.engine, tushare.daily, rows, ['ts_code', 'trade_date', 'close', 'vol'])
})
afterAll(async () => {
  await served?.close()
  await store?.drop()
})

async function ask(path: string, init: RequestInit = {}): Promise<Answer> {
  const response = await fetch(`${url}${path}`, init)
  const text = await response.text()
  return { status: response.status, headers: response.headers, body: text === '' ? undefined : JSON.parse(text) }
}

const get = (path: string, input?: unknown): Promise<Answer> =>
  ask(`/trpc/${path}${input === undefined ? '' : `?input=${encodeURIComponent(JSON.stringify(input))}`}`)

const post = (path: string, body: string, headers: Record<string, string> = {}): Promise<Answer> =>
  ask(`/trpc/${path}`, { method: 'POST', body, headers: { 'content-type': 'application/json', ...headers } })

const arrow = (path: string, input: unknown): Promise<Response> =>
  fetch(`${url}/trpc/${path}?input=${encodeURIComponent(JSON.stringify(input))}`, { headers: { accept: ARROW_STREAM } })

/** Sends raw bytes and returns everything received until the connection ends. */
function raw(bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url)
    let text = ''
    const socket = connectSocket(Number(port), hostname, () => socket.write(bytes))
    socket.setTimeout(5_000, () => socket.destroy(new Error(`no end after ${JSON.stringify(text.slice(0, 200))}`)))
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk
    })
    socket.on('error', reject).on('close', () => resolve(text))
  })
}

function expectError(answer: Answer, status: number, code: string, message: RegExp): void {
  expect(answer.status).toBe(status)
  const { error } = answer.body
  expect(error.data.code).toBe(code)
  expect(error.message).toMatch(message)
  expect(error.data.requestId).toBe(answer.headers.get('x-request-id'))
  expect(error.data.requestId).toMatch(/^[0-9a-z]+-[0-9a-z]+$/)
  const text = JSON.stringify(answer.body)
  expect(text).not.toMatch(/stack|node_modules|\/src\/|\.ts:|select .* from|sqlite:|\/tmp\//i)
}

describe('answers in JSON', () => {
  const expected = {
    fields: ['ts_code', 'trade_date', 'close', 'vol'],
    items: [
      ['000003.SZ', '2020-01-01', 3, 0],
      ['000003.SZ', '2020-01-02', 3 + 1 / 7, null],
    ],
    meta: {
      dataset: 'daily',
      symbol: 'ts_code',
      date: 'trade_date',
      adjust: 'none',
      rule: 'as stored',
      arguments: { symbols: ['000003.SZ'], end: '2020-01-02', fields: ['close', 'vol'], adjust: 'none' },
      rows: 2,
      complete: true,
      coverage: {
        symbolsAsked: 1,
        symbolsExpected: 1,
        symbolsFound: 1,
        symbolsMissing: [],
        symbolsMissingCount: 0,
        symbolsUnlisted: null,
        sessionsExpected: null,
        sessionsFound: 2,
        cellsExpected: null,
        cellsFound: null,
        cellsSuspended: null,
        cellsFilled: 0,
        symbolsWithHoles: null,
        worst: [],
        longestGap: null,
        oldestRow: null,
        datasets: [],
        asOf: null,
      },
    },
  }
  const input = { symbols: ['000003.SZ'], end: '20200102', fields: ['close', 'vol'] }

  it('have fields, items and meta in tRPC’s envelope, by GET and by POST alike', async () => {
    expect((await get('daily.range', input)).body).toEqual({ result: { data: expected } })
    expect((await post('daily.range', JSON.stringify(input))).body).toEqual({ result: { data: expected } })
  })

  it('need no input if no argument is required, in either format; else the error names the missing one', async () => {
    for (const path of ['instruments.list', 'namechange.list', 'adj_factor.range', 'adj_factor.latest']) {
      for (const headers of [{}, { accept: ARROW_STREAM }]) {
        const answers = [
          await fetch(`${url}/trpc/${path}`, { headers }),
          await fetch(`${url}/trpc/${path}?input=`, { headers }),
          await fetch(`${url}/trpc/${path}?input=%7B%7D`, { headers }),
        ]
        for (const answer of answers) {
          await answer.arrayBuffer()
          expect([path, answer.status]).toEqual([path, 200])
        }
      }
    }
    const missing = {
      'daily.at': 'date: is missing',
      'daily.panel': 'start: is missing',
      'calendar.next': 'date: is missing',
      'calendar.sessions': 'start: is missing',
      'index_weight.asOf': 'date: is missing',
      'instruments.search': 'text: is missing',
      screen: 'date: is missing',
    }
    for (const [path, message] of Object.entries(missing)) {
      const { status, body } = await get(path)
      expect([path, status, body.error.message]).toEqual([path, 400, expect.stringContaining(message)])
    }
  })

  it('come in a batch in the order of its calls, and an error does not affect the others', async () => {
    const inputs = encodeURIComponent(
      JSON.stringify({ 0: input, 1: { symbols: 5 }, 2: { date: '2020-01-01', symbols: ['000001.SZ'] } }),
    )
    const { status, body } = await ask(`/trpc/daily.range,daily.range,daily.at?batch=1&input=${inputs}`)
    expect(status).toBe(207)
    expect(body[0].result.data).toEqual(expected)
    expect(body[1].error.data.code).toBe('INVALID_INPUT')
    expect(body[2].result.data.items).toHaveLength(1)
  })

  it('invariant 9: a batch of more calls than the limit is refused', async () => {
    const paths = Array.from({ length: 21 }, () => 'ops.health').join(',')
    const answer = await ask(`/trpc/${paths}?batch=1&input=%7B%7D`)
    expect(answer.status).toBe(400)
    expect(JSON.stringify(answer.body)).toContain('INVALID_INPUT')
    const commas = await ask(`/trpc/${','.repeat(10_000)}?batch=1`)
    expect(commas.status).toBeGreaterThanOrEqual(400)
    expect(JSON.stringify(commas.body).length).toBeLessThan(15_000)
  })

  it('invariant 9: 100,000 rows are answered, one more is refused, naming the other format', async () => {
    const whole = await get('daily.range', { limit: 100_000, fields: [] })
    expect(whole.body.result.data.items).toHaveLength(100_000)
    expect(whole.body.result.data.meta).toMatchObject({ rows: 100_000, complete: false })
    expectError(
      await get('daily.range', { limit: 100_001, fields: [] }),
      422,
      'TOO_MANY_ROWS',
      /vnd\.apache\.arrow\.stream/,
    )
  })
})

describe('invariant 7: mistakes are refused with a code, a message and a request id', () => {
  const cases: readonly (readonly [string, () => Promise<Answer>, number, string, RegExp])[] = [
    ['an unknown procedure', () => get('daily.rangee', {}), 404, 'UNKNOWN_PROCEDURE', /daily\.rangee/],
    ['an unknown path', () => ask('/nothing/here'), 404, 'UNKNOWN_PROCEDURE', /\/trpc\//],
    ['the root', () => ask('/'), 404, 'UNKNOWN_PROCEDURE', /\/trpc\//],
    ['a path that is not well formed', () => ask('/trpc/%E0%A4%A'), 404, 'UNKNOWN_PROCEDURE', /malformed path/],
    ['a wrong method', () => ask('/trpc/daily.range', { method: 'PUT', body: '{}' }), 405, 'METHOD_NOT_ALLOWED', /./],
    ['input that is not JSON', () => ask('/trpc/daily.range?input=%7Bno'), 400, 'INVALID_INPUT', /./],
    ['a body that is not JSON', () => post('daily.range', '{"symbols": '), 400, 'INVALID_INPUT', /./],
    [
      'an unknown argument',
      () => get('daily.range', { symbol: '000001.SZ' }),
      400,
      'INVALID_INPUT',
      /unknown argument "symbol"/,
    ],
    [
      'a wrong type',
      () => get('daily.range', { symbols: '000001.SZ' }),
      400,
      'INVALID_INPUT',
      /symbols: got "000001\.SZ"; expected a list/,
    ],
    [
      'an unknown field',
      () => get('daily.range', { fields: ['clos'] }),
      400,
      'INVALID_INPUT',
      /fields.*got "clos"; expected a field of daily: .*close/,
    ],
    [
      'a day that no calendar has',
      () => get('daily.range', { start: '2023-02-30' }),
      400,
      'INVALID_INPUT',
      /start: got "2023-02-30"; expected a date/,
    ],
    ['a missing argument', () => get('daily.at', {}), 400, 'INVALID_INPUT', /date: is missing/],
    [
      'an unknown option value',
      () => get('daily.range', { adjust: 'forward' }),
      400,
      'INVALID_INPUT',
      /adjust: got "forward"; expected one of none, qfq, hfq/,
    ],
    [
      'adjust on a dataset without adjustment',
      () => get('index_daily.range', { adjust: 'hfq' }),
      400,
      'INVALID_INPUT',
      /unknown argument "adjust"/,
    ],
    [
      'a limit of nothing',
      () => get('daily.range', { limit: 0 }),
      400,
      'INVALID_INPUT',
      /limit: got 0; expected a whole number/,
    ],
    [
      'too many symbols',
      () => post('daily.range', JSON.stringify({ symbols: Array.from({ length: 10_001 }, () => 'A') })),
      400,
      'INVALID_INPUT',
      /at most 10000 symbols/,
    ],
    ['a missing input', () => get('daily.at'), 400, 'INVALID_INPUT', /./],
    ['null', () => get('daily.range', null), 400, 'INVALID_INPUT', /./],
    [
      'SQL as a symbol',
      () => get('daily.range', { symbols: ["' or 1=1 --"] }),
      400,
      'INVALID_INPUT',
      /expected a code/,
    ],
    [
      'a missing factor',
      () => get('daily.range', { adjust: 'hfq', symbols: ['000001.SZ'] }),
      422,
      'MISSING_FACTOR',
      /000001\.SZ/,
    ],
  ]
  it.each(cases)('%s', async (_, call, status, code, message) => expectError(await call(), status, code, message))

  it.each([
    '__proto__',
    'constructor',
    'toString',
    'hasOwnProperty',
    '__proto__.range',
    'daily.__proto__',
    'daily.constructor',
    'daily.toString',
    '_def',
  ])('the unknown procedure %s', async (path) => {
    expectError(await get(path, {}), 404, 'UNKNOWN_PROCEDURE', /./)
    const streamed = await arrow(path, {})
    expect(streamed.status).toBe(404)
    expect(JSON.stringify(await streamed.json())).toContain('UNKNOWN_PROCEDURE')
  })

  it.each([
    ['an argument', '{"__proto__": {"limit": 1}}'],
    ['a constructor', '{"constructor": {"prototype": {"limit": 1}}}'],
    ['a filter', '{"where": {"__proto__": "x"}}'],
    ['a filter with an inherited key', '{"where": {"constructor": "x"}}'],
  ])('%s with a prototype key', async (_, body) => {
    const answer = await post(body.includes('where') ? 'stock_basic.list' : 'daily.latest', body)
    if (answer.status !== 200) expectError(answer, 400, 'INVALID_INPUT', /./)
    expect(({} as Record<string, unknown>).limit).toBeUndefined()
  })

  it('the same for requests for Arrow', async () => {
    const cases = [
      [await arrow('daily.range', { fields: ['clos'] }), 400, 'INVALID_INPUT'],
      [await arrow('daily.nothing', {}), 404, 'UNKNOWN_PROCEDURE'],
      [
        await fetch(`${url}/trpc/daily.range,daily.at?batch=1`, { headers: { accept: ARROW_STREAM } }),
        400,
        'INVALID_INPUT',
      ],
      [await fetch(`${url}/trpc/daily.range?input={`, { headers: { accept: ARROW_STREAM } }), 400, 'INVALID_INPUT'],
      [
        await fetch(`${url}/trpc/daily.range`, { method: 'DELETE', headers: { accept: ARROW_STREAM } }),
        405,
        'METHOD_NOT_ALLOWED',
      ],
    ] as const
    for (const [response, status, code] of cases) {
      expect(response.status).toBe(status)
      expect(response.headers.get('content-type')).toBe('application/json')
      expect(await response.json()).toMatchObject({
        error: { data: { code, requestId: response.headers.get('x-request-id') } },
      })
    }
  })
})

describe('invariant 9: oversized input is refused', () => {
  const large = JSON.stringify({ symbols: ['A'.repeat(300_000)] })

  it('a body, in JSON and for Arrow', async () => {
    expectError(await post('daily.range', large), 413, 'BODY_TOO_LARGE', /larger/)
    expectError(await post('daily.range', large, { accept: ARROW_STREAM }), 413, 'BODY_TOO_LARGE', /larger/)
  })

  it('a body without a declared length', async () => {
    const chunk = `10000\r\n${'x'.repeat(0x10000)}\r\n`
    for (const accept of ['*/*', ARROW_STREAM]) {
      const head = `POST /trpc/daily.range HTTP/1.1\r\nHost: localhost\r\nAccept: ${accept}\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n`
      const text = await raw(head + chunk.repeat(5))
      expect(text).toMatch(/^HTTP\/1\.1 413 /)
      expect(text).toContain('BODY_TOO_LARGE')
    }
  })

  it('headers', async () => {
    const text = await raw(`GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Long: ${'x'.repeat(40_000)}\r\n\r\n`)
    expect(text).toMatch(/^HTTP\/1\.1 431 /)
    expect(errorIn(text)).toMatchObject({ message: expect.stringContaining('POST'), data: { httpStatus: 431 } })
  })

  it('input that is not HTTP', async () => {
    const text = await raw('SELECT 1;\r\n\r\n')
    expect(text).toMatch(/^HTTP\/1\.1 400 /)
    expect(errorIn(text).data).toMatchObject({ code: 'INVALID_INPUT', requestId: expect.stringMatching(/./) })
  })

  const errorIn = (text: string) => JSON.parse(text.slice(text.indexOf('\r\n\r\n'))).error
})

it('no answer is cached by proxies', async () => {
  const answers = [
    await fetch(`${url}/trpc/daily.range?input={"limit":1}`),
    await fetch(`${url}/trpc/meta.info,meta.info?batch=1`),
    await arrow('daily.range', { limit: 1 }),
    await arrow('daily.range', {}),
    await fetch(`${url}/trpc/daily.nothing`),
    await fetch(`${url}/healthz`),
    await fetch(`${url}/metrics`),
    await fetch(`${url}/nowhere`),
  ]
  for (const answer of answers) {
    expect(answer.headers.get('cache-control'), answer.url).toBe('no-store')
    await answer.body?.cancel()
  }
  const watch = await fetch(`${url}/trpc/ops.watch`)
  expect(watch.headers.get('cache-control')).toMatch(/no-store/)
  await watch.body?.cancel()
  expect(await raw('SELECT 1;\r\n\r\n')).toMatch(/\r\ncache-control: no-store\r\n/i)
})

describe('GET /healthz', () => {
  it('reports that everything is healthy', async () => {
    const { status, body } = await ask('/healthz')
    expect(status).toBe(200)
    expect(body).toMatchObject({ status: 'ok', database: 'ok' })
    expect(body.uptimeSeconds).toBeGreaterThan(0)
  })
})

describe('answers in Arrow', () => {
  it('can be read by any Arrow reader, with equal values', async () => {
    const response = await arrow('daily.range', { fields: ['close', 'vol'] })
    expect(response.headers.get('content-type')).toBe(ARROW_STREAM)
    const bytes = new Uint8Array(await response.arrayBuffer())
    const table = tableFromIPC(bytes)
    expect(table.numRows).toBe(SYMBOLS * DAYS)
    expect(table.schema.fields.map(({ name }) => name)).toEqual(['ts_code', 'trade_date', 'close', 'vol'])
    const ours = await served.db.daily.range({ fields: ['close', 'vol'] })
    const columns = ['ts_code', 'trade_date', 'close', 'vol'].map((name) => table.getChild(name))
    for (let row = 0; row < table.numRows; row += 997) {
      const [symbol, date, close, vol] = columns.map((column) => column?.get(row))
      expect(symbol).toBe(ours.columns.ts_code[row])
      expect(new Date(date).toISOString().slice(0, 10)).toBe(ours.columns.trade_date[row])
      expect(close).toBe(ours.columns.close[row])
      expect(vol ?? Number.NaN).toBe(ours.columns.vol[row])
    }
    expect(table.getChild('vol')?.nullCount).toBe(SYMBOLS)
    expect(table.schema.fields[2]?.metadata.get('stockdb.unit')).toBe('CNY')
    expect(bytes.subarray(-8)).toEqual(new Uint8Array([255, 255, 255, 255, 0, 0, 0, 0]))
  })

  it('stream: the first rows arrive before the last are read', async () => {
    const response = await arrow('daily.range', {})
    const reader = await RecordBatchReader.from(response)
    const batches: number[] = []
    for await (const batch of reader) batches.push(batch.numRows)
    expect(batches.slice(0, -1)).toEqual(new Array(Math.floor((SYMBOLS * DAYS) / 16_384)).fill(16_384))
    expect(batches.at(-1)).toBe((SYMBOLS * DAYS) % 16_384)
  })

  it('without rows are complete', async () => {
    const bytes = new Uint8Array(await (await arrow('daily.range', { symbols: [] })).arrayBuffer())
    expect(tableFromIPC(bytes).numRows).toBe(0)
    expect(bytes.subarray(-8)).toEqual(new Uint8Array([255, 255, 255, 255, 0, 0, 0, 0]))
  })
})
