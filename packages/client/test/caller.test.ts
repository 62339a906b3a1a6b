import { setTimeout as sleep } from 'node:timers/promises'
import { connect, tushare } from '@stockdb/client'
import { ARROW_STREAM } from '@stockdb/contract/wire'
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { sampleMarket } from '../../server/src/ingest/sample-market/sample-market.ts'
import { times } from '../../server/test/support/scale.ts'
import { sendError, sendJson, serveBadly } from './support/bad-server.ts'
import { cutTheWayTo } from './support/cutting-proxy.ts'
import { failureOf } from './support/failure-of.ts'
import { answerOf, brokenOff, sampleBatch } from './support/sample-frame.ts'
import { dailyRow, type Served, serve, serveHere } from './support/served.ts'

/** Bars for several batches, more than the socket buffers between client and server hold. */
let served: Served
let rows = 0
beforeAll(async () => {
  served = await serve()
  const bars = sampleMarket({ symbols: 140, start: '2014-01-01', end: '2024-12-31' }).find(
    ({ dataset }) => dataset.name === 'daily',
  )
  const all = [...(bars?.rows ?? [])]
  rows = all.length
  await served.fill(tushare.daily, all)
})
afterAll(() => served.end())

/** Counts running reads and batches read until the current test ends. */
function watchReads(): { running: number; batches: number } {
  const watch = { running: 0, batches: 0 }
  const { read } = served.engine
  const spy = vi.spyOn(served.engine, 'read').mockImplementation(async function* (query, signal) {
    // Calendar reads are not counted.
    if (query.sql.includes('trade_cal')) return yield* read.call(served.engine, query, signal)
    watch.running++
    try {
      for await (const batch of read.call(served.engine, query, signal)) {
        watch.batches++
        yield batch
      }
    } finally {
      watch.running--
    }
  })
  onTestFinished(() => spy.mockRestore())
  return watch
}

async function allOf<Batch>(stream: AsyncIterable<Batch>): Promise<Batch[]> {
  const batches: Batch[] = []
  for await (const batch of stream) batches.push(batch)
  return batches
}

describe('a frame of many batches', () => {
  it('is complete', async () => {
    const db = await connect(served.url)
    const frame = await db.daily.range({ fields: ['close', 'vol'] })
    expect(frame.numRows).toBe(rows)
    expect(rows).toBeGreaterThan(2 * 16_384)
    expect(frame.columns.close).toHaveLength(rows)
    expect(new Set(frame.columns.ts_code).size).toBe(140)
    expect(frame.meta).toMatchObject({ rows, complete: true })
    expect(frame.toArrow().numRows).toBe(rows)
  })

  it('equals its concatenated stream', async () => {
    const db = await connect(served.url)
    const frame = await db.daily.range({ fields: ['close'] })
    const closes: number[] = []
    const codes: string[] = []
    for await (const batch of db.daily.stream({ fields: ['close'] })) {
      expect(batch.numRows).toBeLessThanOrEqual(16_384)
      expect(batch.meta.rows).toBe(batch.numRows)
      for (const close of batch.columns.close) closes.push(close)
      for (const code of batch.columns.ts_code) codes.push(code)
    }
    expect(Float64Array.from(closes)).toEqual(frame.columns.close)
    expect(codes).toEqual(frame.columns.ts_code)
  })

  it('has the meta of the whole frame at the end of its stream, even if the last batch is empty', async () => {
    const db = await connect(served.url)
    const asked = { fields: ['close'], limit: 16_384 } as const
    const batches = await allOf(db.daily.stream(asked))
    const { complete, coverage } = (await db.daily.range(asked)).meta
    expect(batches.map(({ numRows }) => numRows)).toEqual([16_384, 0])
    expect(batches.at(-1)?.meta).toMatchObject({ rows: 0, complete, coverage })
    expect(coverage).toBeDefined()
  })
})

describe('a stream', () => {
  it('ends the database query when the loop breaks', async () => {
    const watch = watchReads()
    const db = await connect(served.url)
    for await (const batch of db.daily.stream()) {
      expect(batch.numRows).toBe(16_384)
      expect(watch.running).toBe(1)
      break
    }
    await vi.waitFor(() => expect(watch.running).toBe(0), { timeout: 1_000, interval: 5 })
    expect(watch.batches).toBeLessThan(rows / 16_384)
  })

  it('ends the query when the loop throws or return() is called', async () => {
    const watch = watchReads()
    const db = await connect(served.url)
    const failing = async (): Promise<void> => {
      for await (const _ of db.daily.stream()) throw new Error('a fault of the strategy')
    }
    await expect(failing()).rejects.toThrow('a fault of the strategy')
    await vi.waitFor(() => expect(watch.running).toBe(0), { timeout: 1_000, interval: 5 })
    const stream = db.daily.stream()
    await stream.next()
    expect(await stream.return()).toEqual({ done: true, value: undefined })
    await vi.waitFor(() => expect(watch.running).toBe(0), { timeout: 1_000, interval: 5 })
  })

  it('applies backpressure to the database while the loop is busy', async () => {
    const watch = watchReads()
    const db = await connect(served.url)
    for await (const _ of db.daily.stream()) {
      await sleep(300)
      break
    }
    expect(watch.batches).toBeLessThan(rows / 16_384)
  })

  it('counts its timeout from batch to batch, not while the loop is busy', async () => {
    const db = await connect(served.url)
    let seen = 0
    for await (const batch of db.daily.stream({ fields: ['close'] }, { timeoutMs: 1_500 })) {
      seen += batch.numRows
      if (seen === batch.numRows) await sleep(1_800)
    }
    expect(seen).toBe(rows)
  })

  it('sends nothing before the first iteration', async () => {
    const bad = await serveBadly((response) => sendError(response, 400, 'INVALID_INPUT'))
    const db = await connect(bad.url)
    db.daily.stream()
    await sleep(50)
    expect(bad.requests).toHaveLength(0)
  })

  it('leaks no connections, however often it is cancelled', async () => {
    const watch = watchReads()
    const way = await cutTheWayTo(served.url)
    const db = await connect(way.url)
    for (let count = 0; count < 15; count++) {
      for await (const batch of db.daily.stream({ symbols: [], start: '2024-01-01' })) expect(batch.numRows).toBe(0)
      const stream = db.daily.stream({ fields: ['close'] })
      await stream.next()
      await stream.return()
    }
    await vi.waitFor(() => expect(watch.running).toBe(0), { timeout: 1_000, interval: 5 })
    await vi.waitFor(() => expect(way.sockets.size).toBeLessThan(5), { timeout: 1_000 })
    expect((await db.daily.range({ limit: 1 })).numRows).toBe(1)
  })
})

describe('the signal of a call', () => {
  it('sends nothing if it is already aborted', async () => {
    const bad = await serveBadly(() => undefined)
    const db = await connect(bad.url)
    const signal = AbortSignal.abort(new Error('never mind'))
    for (const call of [
      () => db.daily.range({}, { signal }),
      () => db.calendar.next({ date: '2024-01-02' }, { signal }),
      () => db.daily.stream({}, { signal }).next(),
    ]) {
      const error = await failureOf(call())
      expect(error).toMatchObject({ name: 'CancelledError', code: 'CANCELLED', retryable: false })
      expect(error.cause).toEqual(new Error('never mind'))
    }
    expect(bad.requests).toHaveLength(0)
  })

  it('cancels a waiting call and drops its connection', async () => {
    const bad = await serveBadly(() => undefined)
    const db = await connect(bad.url)
    const controller = new AbortController()
    const waiting = failureOf(db.daily.range({}, { signal: controller.signal }))
    await vi.waitFor(() => expect(bad.requests).toHaveLength(1))
    const before = bad.sockets.size
    controller.abort()
    expect(await waiting).toMatchObject({ code: 'CANCELLED' })
    await vi.waitFor(() => expect(bad.sockets.size).toBe(before - 1))
  })

  it('cancels a frame midway, and its query', async () => {
    const watch = watchReads()
    const db = await connect(served.url)
    const controller = new AbortController()
    const whole = failureOf(db.daily.range({}, { signal: controller.signal }))
    await vi.waitFor(() => expect(watch.batches).toBeGreaterThan(0), { interval: 1 })
    controller.abort()
    expect(await whole).toMatchObject({ code: 'CANCELLED' })
    await vi.waitFor(() => expect(watch.running).toBe(0), { timeout: 1_000, interval: 5 })
  })

  it('cancels a stream between two batches', async () => {
    const watch = watchReads()
    const db = await connect(served.url)
    const controller = new AbortController()
    const stream = db.daily.stream({}, { signal: controller.signal })
    await stream.next()
    controller.abort()
    expect(await failureOf(stream.next())).toMatchObject({ code: 'CANCELLED' })
    expect(await stream.next()).toEqual({ done: true, value: undefined })
    await vi.waitFor(() => expect(watch.running).toBe(0), { timeout: 1_000, interval: 5 })
  })

  it('loses its listeners when the call ends, so it can be reused any number of times', async () => {
    const db = await connect((await serveHere()).url)
    const controller = new AbortController()
    const [add, remove] = [
      vi.spyOn(controller.signal, 'addEventListener'),
      vi.spyOn(controller.signal, 'removeEventListener'),
    ]
    for (let count = 0; count < 20; count++) await db.daily.range({}, { signal: controller.signal })
    expect(add.mock.calls.length).toBe(remove.mock.calls.length)
    controller.abort()
  })
})

describe('the timeout of a call', () => {
  it('ends it', async () => {
    const bad = await serveBadly(() => undefined)
    const db = await connect(bad.url, { timeoutMs: 10_000 })
    for (const call of [
      () => db.daily.range({}, { timeoutMs: 60 }),
      () => db.ops.health({ timeoutMs: 60 }),
      () => db.daily.stream({}, { timeoutMs: 60 }).next(),
    ]) {
      expect(await failureOf(call())).toMatchObject({
        name: 'TimeoutError',
        code: 'CALL_TIMEOUT',
        message: 'no answer within timeoutMs: 60',
        retryable: false,
      })
    }
    await vi.waitFor(() => expect(bad.sockets.size).toBeLessThanOrEqual(1))
  })

  it('ends one whose answer has started and stalls', async () => {
    const bad = await serveBadly((response) => {
      response.writeHead(200, { 'content-type': ARROW_STREAM })
      response.write(answerOf([{ batch: sampleBatch }]))
    })
    const db = await connect(bad.url, { timeoutMs: 100 })
    expect(await failureOf(db.daily.range())).toMatchObject({ code: 'CALL_TIMEOUT' })
    const stream = db.daily.stream()
    expect((await stream.next()).value?.numRows).toBe(2)
    expect(await failureOf(stream.next())).toMatchObject({ code: 'CALL_TIMEOUT' })
  })

  it('may be infinite, or longer than the longest timer', async () => {
    const db = await connect((await serveHere()).url)
    for (const timeoutMs of [Number.POSITIVE_INFINITY, 2 ** 31, Number.MAX_SAFE_INTEGER]) {
      expect((await db.daily.range({}, { timeoutMs })).numRows).toBe(0)
    }
  })
})

describe('an answer that the server aborts', () => {
  it.each([
    ['by undici', undefined],
    ['by fetch', globalThis.fetch],
  ])('fails with the error at its end, even if the loop was busy when the connection closed: %s', async (_, fetch) => {
    const [batch, error] = brokenOff({ code: 'SNAPSHOT_EXPIRED', message: 'too old' })
    const bad = await serveBadly(async (response) => {
      response.writeHead(200, { 'content-type': ARROW_STREAM })
      response.write(batch)
      await sleep(50)
      response.write(error)
      await sleep(50)
      response.socket?.destroy()
    })
    const db = await connect(bad.url, fetch ? { fetch } : {})
    const stream = db.daily.stream()
    expect((await stream.next()).value?.numRows).toBe(2)
    await sleep(300)
    expect(await failureOf(stream.next())).toMatchObject({ code: 'SNAPSHOT_EXPIRED', message: 'too old' })
  })

  it('can be left at once, even while no data arrives', async () => {
    const [batch] = brokenOff({ code: 'SNAPSHOT_EXPIRED', message: 'too old' })
    for (const fetch of [undefined, globalThis.fetch]) {
      const { promise: left, resolve } = Promise.withResolvers<void>()
      const bad = await serveBadly((response) => {
        response.on('close', resolve)
        response.writeHead(200, { 'content-type': ARROW_STREAM }).write(batch)
      })
      const db = await connect(bad.url, fetch ? { fetch } : {})
      for await (const _ of db.daily.stream()) break
      await left
    }
  })
})

describe('a call that failed', () => {
  it('is retried if its code is retryable, and then succeeds', async () => {
    const bad = await serveBadly((response, attempt) => {
      if (attempt <= 2) return sendError(response, 503, 'DATABASE_UNAVAILABLE')
      response.writeHead(200, { 'content-type': ARROW_STREAM })
      response.end(answerOf([{ batch: sampleBatch, trailer: { rows: 2, complete: true } }]))
    })
    const db = await connect(bad.url)
    expect((await db.daily.range()).numRows).toBe(2)
    expect(bad.requests).toHaveLength(3)
  })

  it('is also retried for JSON and when opening a stream', async () => {
    const bad = await serveBadly((response, attempt, { path }) => {
      if (attempt % 2 === 1) return sendError(response, 503, 'OVERLOADED')
      if (path === '/trpc/calendar.next') return sendJson(response, 200, { result: { data: '2024-01-03' } })
      response.writeHead(200, { 'content-type': ARROW_STREAM })
      response.end(answerOf([{ batch: sampleBatch, trailer: { rows: 2, complete: true } }]))
    })
    const db = await connect(bad.url)
    expect(await db.calendar.next({ date: '2024-01-02' })).toBe('2024-01-03')
    const batches = await allOf(db.daily.stream())
    expect(batches.map(({ numRows }) => numRows)).toEqual([2])
    expect(bad.requests).toHaveLength(4)
  })

  it('keeps its permit while it waits to be retried', async () => {
    const bad = await serveBadly((response, attempt) => {
      if (attempt === 1) return sendError(response, 503, 'OVERLOADED')
      sendJson(response, 200, { result: { data: '2024-01-03' } })
    })
    const db = await connect(bad.url, { concurrency: 1 })
    await Promise.all([db.calendar.next({ date: '2024-01-02' }), db.calendar.previous({ date: '2024-01-04' })])
    expect(bad.requests.map(({ path }) => path)).toEqual([
      '/trpc/calendar.next',
      '/trpc/calendar.next',
      '/trpc/calendar.previous',
    ])
  })

  it('keeps its retries while an overloaded server refuses it', async () => {
    const bad = await serveBadly((response, attempt) => {
      if (attempt <= 3) return sendError(response, 503, 'OVERLOADED')
      if (attempt === 4) return sendError(response, 503, 'DATABASE_UNAVAILABLE')
      sendJson(response, 200, { result: { data: '2024-01-03' } })
    })
    const db = await connect(bad.url, { retries: 1 })
    expect(await db.calendar.next({ date: '2024-01-02' })).toBe('2024-01-03')
    expect(bad.requests).toHaveLength(5)
  })

  it('gives up after the configured number of retries', async () => {
    const bad = await serveBadly((response) => sendError(response, 503, 'DATABASE_UNAVAILABLE'))
    const db = await connect(bad.url, { retries: 1 })
    expect(await failureOf(db.daily.range())).toMatchObject({ code: 'DATABASE_UNAVAILABLE' })
    expect(bad.requests).toHaveLength(2)
  })

  it.each([
    [400, 'INVALID_INPUT'],
    [500, 'INTERNAL'],
    [504, 'QUERY_TIMEOUT'],
  ])('is not retried for %i %s', async (status, code) => {
    const bad = await serveBadly((response) => sendError(response, status, code))
    const db = await connect(bad.url)
    expect(await failureOf(db.daily.range())).toMatchObject({ code })
    expect(bad.requests).toHaveLength(1)
  })

  it('is not retried if its signal fires during the pause', async () => {
    const bad = await serveBadly((response) => sendError(response, 503, 'OVERLOADED'))
    const db = await connect(bad.url, { retries: 20 })
    const controller = new AbortController()
    const call = failureOf(db.daily.range({}, { signal: controller.signal }))
    await vi.waitFor(() => expect(bad.requests).toHaveLength(1))
    controller.abort()
    expect(await call).toMatchObject({ code: 'CANCELLED' })
    await sleep(300)
    expect(bad.requests).toHaveLength(1)
  })

  it('stays within its timeout over all attempts', async () => {
    const bad = await serveBadly((response) => sendError(response, 503, 'OVERLOADED'))
    const db = await connect(bad.url, { retries: 1_000 })
    const start = performance.now()
    expect(await failureOf(db.daily.range({}, { timeoutMs: 300 }))).toMatchObject({ code: 'CALL_TIMEOUT' })
    expect(performance.now() - start).toBeLessThan(1_500)
  })
})

describe('an answer that is cut off', () => {
  const question = { symbols: ['000001.XX'], unknownSymbols: 'ignore', fields: ['close'] } as const

  it('is requested again, and the frame is complete', async () => {
    const way = await cutTheWayTo(served.url)
    const db = await connect(way.url)
    way.cut(2_500_000)
    const frame = await db.daily.range({ fields: ['close'] })
    expect(frame.numRows).toBe(rows)
    expect(frame.meta.rows).toBe(rows)
  })

  it('is an error wherever it is cut, never a partial frame', async () => {
    const way = await cutTheWayTo(served.url)
    const db = await connect(way.url, { retries: 0 })
    way.cut(Number.POSITIVE_INFINITY)
    await db.daily.range({ fields: ['close'] })
    const length = way.bytes
    expect(length).toBeGreaterThan(2_000_000)
    const places = [
      1,
      50,
      200,
      500,
      1_000,
      ...Array.from({ length: times(3, 8) }, () => Math.ceil(Math.random() * length)),
      length - 1,
    ]
    for (const place of places) {
      way.cut(place)
      const error = await failureOf(db.daily.range({ fields: ['close'] }))
      expect(['INCOMPLETE_ANSWER', 'UNREACHABLE'], `cut after ${place} of ${length} bytes`).toContain(error.code)
      expect(error.retryable).toBe(true)
    }
    expect((await db.daily.range({ ...question })).meta.complete).toBe(true)
  })

  it('makes a stream throw after the batches received, without a retry', async () => {
    const way = await cutTheWayTo(served.url)
    const db = await connect(way.url)
    way.cut(2_500_000)
    let seen = 0
    const reading = async (): Promise<void> => {
      for await (const batch of db.daily.stream({ fields: ['close'] })) seen += batch.numRows
    }
    expect(await failureOf(reading())).toMatchObject({ name: 'IncompleteAnswerError', code: 'INCOMPLETE_ANSWER' })
    expect(seen).toBeGreaterThan(0)
    expect(seen).toBeLessThan(rows)
    expect(seen % 16_384).toBe(0)
  })

  it.each<[string, () => Buffer]>([
    [
      'ends without its end marker',
      () => answerOf([{ batch: sampleBatch, trailer: { rows: 2, complete: true } }]).subarray(0, -8),
    ],
    [
      'ends without its trailer',
      () => Buffer.concat([answerOf([{ batch: sampleBatch }]), Buffer.of(255, 255, 255, 255, 0, 0, 0, 0)]),
    ],
    [
      'has fewer rows than its trailer says',
      () => answerOf([{ batch: sampleBatch, trailer: { rows: 3, complete: true } }]),
    ],
    [
      'has more rows than its trailer says',
      () => answerOf([{ batch: sampleBatch, trailer: { rows: 1, complete: true } }]),
    ],
    [
      'goes on after its end',
      () => Buffer.concat([answerOf([{ batch: sampleBatch, trailer: { rows: 2, complete: true } }]), Buffer.of(0)]),
    ],
    ['is empty', () => Buffer.of()],
    ['is not Arrow', () => Buffer.from('{"result":{"data":[]}}'.repeat(10))],
  ])('is an error if the connection ends normally but the answer %s', async (_, bytes) => {
    for (const short of [true, false]) {
      const bad = await serveBadly((response) => {
        const body = bytes()
        response.writeHead(200, { 'content-type': ARROW_STREAM, ...(short ? { 'content-length': body.length } : {}) })
        response.write(body)
        response.end()
      })
      const db = await connect(bad.url, { retries: 0 })
      expect(await failureOf(db.daily.range())).toMatchObject({ name: 'IncompleteAnswerError' })
      expect(await failureOf(allOf(db.daily.stream()))).toMatchObject({ name: 'IncompleteAnswerError' })
    }
  })
})

it('a statement is sent by POST, so that it is in no log of a proxy', async () => {
  const bad = await serveBadly((response) => {
    response.writeHead(200, { 'content-type': ARROW_STREAM })
    response.end(answerOf([{ batch: sampleBatch, trailer: { rows: 2, complete: true } }]))
  })
  const db = await connect(bad.url)
  await db.sql('select 1')
  await db.frame(db.query.selectFrom('daily').select('close'))
  expect(bad.requests.map(({ method }) => method)).toEqual(['POST', 'POST'])
})

describe('many symbols', () => {
  const symbols = Array.from({ length: 5_000 }, (_, code) => `${String(code).padStart(6, '0')}.SZ`)

  it('are sent by POST, few by GET', async () => {
    const bad = await serveBadly((response, _, { path }) => {
      if (path === '/trpc/daily.latest')
        return sendJson(response, 200, { result: { data: { fields: [], items: [], meta: {} } } })
      response.writeHead(200, { 'content-type': ARROW_STREAM })
      response.end(answerOf([{ batch: sampleBatch, trailer: { rows: 2, complete: true } }]))
    })
    const db = await connect(bad.url)
    await db.daily.range({ symbols })
    await db.trpc.daily.latest.query({ symbols })
    await db.daily.range({ symbols: symbols.slice(0, 10) })
    expect(bad.requests.map(({ method }) => method)).toEqual(['POST', 'POST', 'GET'])
    for (const { urlLength } of bad.requests) expect(urlLength).toBeLessThan(4_200)
    for (const { body } of bad.requests.slice(0, 2)) expect(JSON.parse(body)).toEqual({ symbols })
  })

  it('are all answered', async () => {
    const own = await serveHere()
    await own.fill(
      tushare.daily,
      symbols.map((symbol, index) => dailyRow(symbol, '2024-01-02', index)),
    )
    const db = await connect(own.url)
    const frame = await db.daily.range({ symbols, fields: ['close'] })
    expect(frame.columns.ts_code).toEqual(symbols)
    expect(frame.columns.close[4_999]).toBe(4_999)
    expect((await db.trpc.daily.range.query({ symbols, fields: ['close'] })).items).toHaveLength(5_000)
    const tooMany = Array.from({ length: 10_001 }, (_, code) => `${code}.SZ`)
    expect(await failureOf(db.daily.range({ symbols: tooMany }))).toMatchObject({ code: 'INVALID_INPUT' })
  })
})

describe('calls at the same time', () => {
  it('each receive their own answer', async () => {
    const db = await connect(served.url)
    const codes = [...new Set((await db.daily.latest({ fields: [] })).columns.ts_code)]
    const frames = await Promise.all(
      Array.from({ length: 200 }, (_, index) => {
        const symbol = codes[index % codes.length] as string
        return db.daily.latest({ symbols: [symbol], n: 3, fields: ['close'] }).then((frame) => ({ symbol, frame }))
      }),
    )
    for (const { symbol, frame } of frames) expect(new Set(frame.columns.ts_code)).toEqual(new Set([symbol]))
  })
})
