import { connect as connectSocket, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { connect, OverloadedError } from '@stockdb/client'
import type { Tushare } from '@stockdb/contract'
import { ARROW_STREAM } from '@stockdb/contract/wire'
import type { Bounds } from '@stockdb/server'
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { Admission } from '../../src/bounds/admission.ts'
import type { Turn } from '../../src/bounds/turns.ts'
import { outcomeOf, withoutRequest } from '../support/failure.ts'
import { fillDaily } from '../support/fill-daily.ts'
import { msUntilIdle } from '../support/idle-database.ts'
import { type Watcher, watchAccount } from '../support/process-list.ts'
import { startServing } from '../support/program.ts'
import { type Served, serve } from '../support/serve.ts'
import { oneServer, type Store, sqliteMaker } from '../support/stores.ts'

const SYMBOLS = 300
const DAYS = 1_000
/** Numbers of calls that hold a slot, and that wait for one. */
const loadOf = ({ inUse, waiting }: { inUse: number; waiting: number }) => [inUse, waiting]

const small = { symbols: ['000001.SZ'], start: '2000-01-01', end: '2000-01-31' }

describe.each(oneServer)('invariant 9: limits of a server on $engine', ({ open }) => {
  let store: Store
  let account: Watcher

  beforeAll(async () => {
    store = await open()
    account = await watchAccount(store.address)
    const served = await serve(account.address)
    await served.close()
    await fillDaily(store.address, SYMBOLS, DAYS)
  })
  afterAll(async () => {
    await account?.close()
    await store?.drop()
  })

  async function served(bounds: Partial<Bounds>): Promise<Served<Tushare>> {
    const one = await serve(account.address, { bounds: { ...bounds, drainTimeoutMs: 0 } })
    onTestFinished(() => one.close())
    return one
  }

  /** A stream of everything, of which only the first batch is read. */
  async function stalled({ db }: Served<Tushare>): Promise<AsyncGenerator<unknown, void, undefined>> {
    const stream = db.daily.stream()
    await stream.next()
    return stream
  }

  const ask = (one: Served<Tushare>, path: string, input: object, accept = 'application/json') =>
    fetch(`${one.server.url}/trpc/${path}?input=${encodeURIComponent(JSON.stringify(input))}`, { headers: { accept } })

  it('the turns of the event loop in which calls arrive decide how many of them are worked on under overload', async () => {
    const turned = vi.spyOn(Admission.prototype, 'turned')
    onTestFinished(() => turned.mockRestore())
    const one = await served({ maxCallsPerCaller: 1 })
    turned.mockClear()
    const stream = await stalled(one)
    const input = encodeURIComponent(JSON.stringify(small))
    expect((await fetch(`${one.server.url}/trpc/daily.range?input=${input}`)).status).toBe(429)
    const turns = turned.mock.calls.map(([turn]) => turn)
    const sum = (of: (turn: Turn) => number): number => turns.reduce((all, turn) => all + of(turn), 0)
    expect([sum(({ admitted }) => admitted), sum(({ refused }) => refused)]).toEqual([1, 1])
    await stream.return()
  })

  it('calls of one caller: 429 with Retry-After; the client retries until accepted', async () => {
    const one = await served({ maxCallsPerCaller: 2 })
    const streams = [await stalled(one), await stalled(one)]
    for (const accept of ['application/json', ARROW_STREAM]) {
      const refused = await ask(one, 'daily.range', small, accept)
      expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '1'])
      const { error } = (await refused.json()) as { error: { data: object } }
      expect(error.data).toMatchObject({ code: 'RATE_LIMITED', httpStatus: 429, retryable: true, retryAfterMs: 1_000 })
    }
    const { error } = await outcomeOf(one.db.daily.range(small))
    expect(error).toBeInstanceOf(OverloadedError)
    expect(error).toMatchObject({ code: 'RATE_LIMITED', retryAfterMs: 1_000 })
    // The client is also refused when it connects, and retries.
    const patient = connect(one.server.url, { retries: 2 }).then((db) => outcomeOf(db.daily.range(small)))
    await sleep(300)
    for (const stream of streams) await stream.return()
    expect((await patient).result?.numRows).toBe(31)
    await expect
      .poll(() => [one.server.admission.calls, one.server.admission.callers, one.server.admission.bytes])
      .toEqual([0, 0, 0])
    expect(one.server.admission.refused.RATE_LIMITED).toBeGreaterThanOrEqual(4)
  })

  it('calls of all callers: 503 with Retry-After, and /healthz still answers', async () => {
    const one = await served({ maxCalls: 1 })
    const stream = await stalled(one)
    const refused = await ask(one, 'daily.range', small)
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1'])
    expect(await refused.text()).toContain('OVERLOADED')
    expect((await fetch(`${one.server.url}/healthz`)).status).toBe(200)
    await stream.return()
  })

  it('calls in a batch count separately', async () => {
    const one = await served({ maxCalls: 3 })
    const batch = (calls: number) =>
      fetch(`${one.server.url}/trpc/${Array.from({ length: calls }, () => 'ops.health').join()}?batch=1&input={}`)
    expect((await batch(3)).status).toBe(200)
    expect((await batch(4)).status).toBe(503)
    await expect.poll(() => one.server.admission.calls).toBe(0)
  })

  it('heavy calls wait for a place, and light ones continue, however many readers stall', async () => {
    // One caller holds two of three places.
    const one = await served({ maxHeavyCalls: 3, queueWaitMs: 1_000, connections: 4 })
    const streams = [await stalled(one), await stalled(one)]
    const late = outcomeOf(one.db.daily.range())
    const left = new AbortController()
    const leaving = outcomeOf(one.db.daily.range({}, { signal: left.signal }))
    await expect.poll(() => loadOf(one.server.admission.heavy)).toEqual([2, 2])
    left.abort()
    expect((await leaving).error?.code).toBe('CANCELLED')
    await expect.poll(() => loadOf(one.server.admission.heavy)).toEqual([2, 1])
    expect((await one.db.daily.range(small)).numRows).toBe(31)
    expect((await fetch(`${one.server.url}/healthz`)).status).toBe(200)
    expect((await late).error?.code).toBe('OVERLOADED')
    await streams[0]?.return()
    expect((await one.db.daily.range()).numRows).toBe(SYMBOLS * DAYS)
    await streams[1]?.return()
    await expect.poll(() => loadOf(one.server.admission.heavy)).toEqual([0, 0])
  })

  it('heavy calls of a batch release their places one by one', async () => {
    const one = await served({ maxHeavyCalls: 1, heavyRows: 1_000 })
    const input = { symbols: ['000001.SZ'] }
    const inputs = encodeURIComponent(JSON.stringify({ 0: input, 1: input, 2: input }))
    const batch = await fetch(`${one.server.url}/trpc/daily.range,daily.range,daily.range?batch=1&input=${inputs}`)
    expect(batch.status).toBe(200)
  })

  it('resident memory: above the soft limit heavy calls get 503, light ones and /healthz continue', async () => {
    const one = await served({ maxMemoryBytes: 64 * 2 ** 20 })
    for (const [path, input] of [
      ['daily.range', {}],
      ['daily.latest', { n: 500 }],
      ['meta.datasets', {}],
    ] as const) {
      const refused = await ask(one, path, input)
      expect([path, refused.status, refused.headers.get('retry-after')]).toEqual([path, 503, '1'])
      expect(await refused.text()).toMatch(/OVERLOADED.*|short of memory/)
    }
    expect((await outcomeOf(one.db.daily.range())).error?.message).toMatch(/short of memory/)
    expect((await ask(one, 'daily.range', small)).status).toBe(200)
    expect((await one.db.daily.at({ date: '2000-01-05' })).numRows).toBe(SYMBOLS)
    expect((await fetch(`${one.server.url}/healthz`)).status).toBe(200)
  })

  it('the rate of one caller: 429, and a second later it is accepted again', async () => {
    const one = await served({ maxRate: 5 })
    await sleep(1_100)
    // All at once: one after the other they take longer than a second on a busy machine.
    const calls = Array.from({ length: 7 }, async () => (await ask(one, 'daily.range', small)).status)
    expect((await Promise.all(calls)).toSorted()).toEqual([200, 200, 200, 200, 200, 429, 429])
    await sleep(1_100)
    expect((await ask(one, 'daily.range', small)).status).toBe(200)
  })

  it('bodies: declared lengths count before the bytes arrive', async () => {
    const one = await served({ maxBodyBytes: 2 ** 20, maxBytesInFlightPerCaller: 2 ** 20 })
    const { hostname, port } = new URL(one.server.url)
    const socket: Socket = connectSocket(Number(port), hostname)
    socket.write(
      'POST /trpc/daily.range HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\ncontent-length: 900000\r\n\r\n{',
    )
    await expect.poll(() => one.server.admission.bytes).toBe(900_000)
    const body = JSON.stringify({ ...small, pad: 'x'.repeat(200_000) })
    const refused = await fetch(`${one.server.url}/trpc/daily.range`, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json' },
    })
    expect(refused.status).toBe(429)
    expect((await ask(one, 'daily.range', small)).status).toBe(200)
    socket.destroy()
    await expect.poll(() => one.server.admission.bytes).toBe(0)
  })

  it('a statement that takes too long is a typed error, and is killed in the database', async () => {
    const one = await served({ statementTimeoutMs: 30 })
    const { error } = await outcomeOf(one.db.daily.latest({ n: 9_000 }))
    expect(error?.code).toBe('QUERY_TIMEOUT')
    expect(error?.message).toMatch(/30 ms/)
    await msUntilIdle(account)
    // On a busy machine even a small statement may take longer than 30 ms once.
    await expect.poll(async () => (await one.db.daily.range(small)).numRows, { timeout: 10_000 }).toBe(31)
  })

  it('a reader that takes longer than that for rows delivered in time is not an error', async () => {
    const one = await served({ statementTimeoutMs: 2_000 })
    let rows = 0
    for await (const batch of one.db.daily.stream()) {
      rows += batch.numRows
      await sleep(600)
    }
    expect(rows).toBe(SYMBOLS * DAYS)
  })

  it('the queue for connections: a cancelled call leaves it at once; 503 beyond its length and its wait', async () => {
    const one = await served({ connections: 1, queueLength: 5, queueWaitMs: 2_000, queueBurstMs: 60_000 })
    const { slots } = one.server.engine
    const holder = await stalled(one)
    const leaves = Array.from({ length: 5 }, () => new AbortController())
    const calls = leaves.map(({ signal }) => outcomeOf(one.db.daily.range(small, { signal })))
    await expect.poll(() => slots.waiting).toBe(5)
    const beyond = await outcomeOf(one.db.daily.range(small))
    expect([beyond.error?.code, withoutRequest(beyond.error?.message ?? '')]).toEqual([
      'OVERLOADED',
      'too many calls are waiting for a database connection',
    ])
    for (const leave of leaves) leave.abort()
    for (const call of calls) expect((await call).error?.code).toBe('CANCELLED')
    await expect.poll(() => slots.waiting).toBe(0)
    const late = await outcomeOf(one.db.daily.range(small))
    expect(late.error?.code).toBe('OVERLOADED')
    expect(late.ms).toBeGreaterThan(1_900)
    await holder.return()
    expect((await one.db.daily.range(small)).numRows).toBe(31)
    await expect.poll(() => loadOf(slots)).toEqual([0, 0])
  })

  it('a list longer than the server’s limit is refused by name', async () => {
    const one = await served({ maxListLength: 2 })
    const symbols = ['A', 'B', 'C']
    const two = { ...small, symbols: ['000000.SZ', '000001.SZ'] }
    expect((await one.db.daily.range(two)).numRows).toBeGreaterThan(0)
    for (const call of [
      () => one.db.daily.range({ ...small, symbols }),
      () => one.db.instruments.list({ asOf: '2024-01-02', symbols }),
      () => one.db.screen({ date: '2024-01-02', symbols }),
    ]) {
      const { error } = await outcomeOf(call())
      expect(error?.code).toBe('INVALID_INPUT')
      expect(error?.message).toMatch(/^symbols: got 3; .* at most 2/)
    }
  })

  it('rows in JSON: beyond the limit, the error names the other format', async () => {
    const one = await served({ maxJsonRows: 30 })
    const refused = await ask(one, 'daily.range', small)
    expect(refused.status).toBe(422)
    expect(await refused.text()).toMatch(/vnd\.apache\.arrow/)
  })

  it('values in JSON, whatever the number of rows', async () => {
    const one = await served({ maxJsonValues: 100 })
    expect((await ask(one, 'daily.range', { ...small, fields: ['close'] })).status).toBe(200)
    const refused = await ask(one, 'daily.range', small)
    expect(refused.status).toBe(422)
    expect(await refused.text()).toMatch(/100 values in its 11 fields/)
  })

  it('JSON of many rows is heavy, because it is held in memory completely', async () => {
    const one = await served({ maxHeavyCalls: 1, queueWaitMs: 50, heavyRows: 100_000 })
    const stream = await stalled(one)
    const input = { limit: 20_000, fields: ['close'] }
    const refused = await ask(one, 'daily.range', input)
    expect([refused.status, await refused.text()]).toEqual([503, expect.stringContaining('heavy')])
    expect((await ask(one, 'daily.range', input, ARROW_STREAM)).status).toBe(200)
    expect((await ask(one, 'daily.range', small)).status).toBe(200)
    await stream.return()
  })

  it.each([
    ['in JSON', 'application/json', { limit: 90_000 }],
    ['in Arrow, as one answer', ARROW_STREAM, { limit: 65_000 }],
    ['in Arrow, batch by batch', ARROW_STREAM, {}],
  ])('the time a reader may stall in an answer %s', async (_, accept, input) => {
    const one = await served({ stallTimeoutMs: 300, heavyRows: 1_000 })
    const socket = connectSocket(Number(new URL(one.server.url).port), '127.0.0.1')
    onTestFinished(() => void socket.destroy())
    socket.on('error', () => {})
    socket.pause()
    const path = `/trpc/daily.range?input=${encodeURIComponent(JSON.stringify(input))}`
    socket.write(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: ${accept}\r\n\r\n`)
    const { admission } = one.server
    await expect.poll(() => admission.heavy.inUse).toBe(1)
    await expect
      .poll(() => [admission.calls, admission.bytes, admission.heavy.inUse], { timeout: 10_000 })
      .toEqual([0, 0, 0])
    await msUntilIdle(account)
  })
})

describe('invariant 9: limits of a server on SQLite', () => {
  it('a statement that takes too long is a typed error, and releases its handle', async () => {
    const store = await sqliteMaker.open()
    onTestFinished(() => store.drop())
    const one = await serve(store.address, { bounds: { statementTimeoutMs: 1, connections: 2 } })
    onTestFinished(() => one.close())
    const transaction = await one.server.engine.begin(new AbortController().signal)
    const { adj_factor } = (await import('@stockdb/contract')).tushare
    for (let symbol = 0; symbol < 40; symbol++) {
      const rows = Array.from({ length: 1_500 }, (_, day) => [
        `S${symbol}`,
        new Date(day * 86_400_000).toISOString().slice(0, 10),
        day,
      ])
      await transaction.upsert(adj_factor, ['ts_code', 'trade_date', 'adj_factor'], rows)
    }
    await transaction.commit()
    for (let round = 0; round < 4; round++)
      expect((await outcomeOf(one.db.adj_factor.range())).error?.code).toBe('QUERY_TIMEOUT')
    await expect.poll(() => loadOf(one.server.engine.slots)).toEqual([0, 0])
    expect((await one.db.adj_factor.range({ symbols: ['S1'], end: '1970-01-05' })).numRows).toBe(5)
  })

  it('resident memory above the hard limit ends the server, which logs the running calls', async () => {
    const store = await sqliteMaker.open()
    onTestFinished(() => store.drop())
    const program = await startServing(['--database', store.address, '--max-memory', '64MB', '--kill-memory', '64MB'])
    expect(await program.ended).toBe(70)
    expect(program.stderr).toMatch(/"calls":\[.*resident memory is above --kill-memory/)
  })
})
