import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  CancelledError,
  connect,
  ForbiddenError,
  OverloadedError,
  StockdbError,
  UnavailableError,
} from '@stockdb/client'
import type { ServerStatus } from '@stockdb/contract/wire'
import { createLog, start } from '@stockdb/server'
import { expect, it, onTestFinished, vi } from 'vitest'
import { sendError, serveBadly } from './support/bad-server.ts'
import { cutTheWayTo } from './support/cutting-proxy.ts'
import { failureOf } from './support/failure-of.ts'
import { serveHere } from './support/served.ts'

/** Takes this many samples, then leaves the subscription. */
async function take(samples: AsyncIterable<ServerStatus>, count: number): Promise<ServerStatus[]> {
  const taken: ServerStatus[] = []
  for await (const sample of samples) if (taken.push(sample) === count) break
  return taken
}

it.each([
  ['undici', undefined],
  ['fetch', globalThis.fetch],
])("a subscription by %s delivers the server's status until it is left", async (_by, fetch) => {
  const served = await serveHere()
  const db = await connect(served.url, { fetch })
  const samples = await take(db.ops.watch(), 3)
  expect(samples[0]).toMatchObject({ database: 'ok', complete: true, callsInFlight: 1 })
  expect(samples[0]?.rss).toBeGreaterThan(10_000_000)
  expect(samples.map(({ at }) => at)).toEqual(samples.map(({ at }) => at).toSorted())
  await expect.poll(() => served.admission.subscriptions, { timeout: 500 }).toBe(0)
})

it('a cut subscription resumes after the last received event, wherever it is cut and for however long', async () => {
  const served = await serveHere()
  // On a connection that is not cut.
  const all: ServerStatus[] = []
  const others = new AbortController()
  const reading = (async () => {
    for await (const sample of (await connect(served.url)).ops.watch({ signal: others.signal })) all.push(sample)
  })().catch(() => {})
  const proxy = await cutTheWayTo(served.url)
  const watch = (await connect(proxy.url)).ops.watch()
  const samples: ServerStatus[] = []
  const read = async (count: number): Promise<void> => {
    while (samples.length < count) {
      const { value } = await watch.next()
      if (value) samples.push(value)
    }
  }
  await read(1)
  // In the middle of the header, and of an event, which has about 350 bytes.
  for (const bytes of [90, 500]) {
    proxy.cut(bytes)
    await read(samples.length + 2)
  }
  // No connection succeeds for at least two samples.
  proxy.cut(1, Number.POSITIVE_INFINITY)
  const next = read(samples.length + 1)
  await sleep(2_500)
  proxy.cut(Number.POSITIVE_INFINITY, 0)
  await next
  await read(samples.length + 3)
  await watch.return()
  await expect.poll(() => all.at(-1)?.at ?? '').toBe(samples.at(-1)?.at)
  others.abort()
  await reading
  const [first = ''] = samples.map(({ at }) => at)
  expect(samples.map(({ at }) => at)).toEqual(all.map(({ at }) => at).filter((at) => at >= first))
  expect(samples.every(({ complete }) => complete)).toBe(true)
})

it('a subscription continues after a restart of its server, and reports the gap', async () => {
  const served = await serveHere()
  const db = await connect(served.url)
  const watch = db.ops.watch()
  const [before] = [await watch.next(), await watch.next()]
  expect(before.value?.complete).toBe(true)
  const { port } = new URL(served.url)
  const next = watch.next()
  await served.close()
  await sleep(500)
  const folder = mkdtempSync(join(tmpdir(), 'stockdb-test-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const again = await start({
    database: `sqlite:${join(folder, 'again.db')}`,
    port: Number(port),
    log: createLog('silent'),
  })
  onTestFinished(() => again.close())
  const after = await next
  expect(after.value?.complete).toBe(false)
  expect((await watch.next()).value?.complete).toBe(true)
  await watch.return()
})

it('a subscription to a server that stays down fails with the reason, within its timeout', async () => {
  const served = await serveHere()
  const db = await connect(served.url)
  const watch = db.ops.watch({ timeoutMs: 3_000 })
  await watch.next()
  const next = failureOf(watch.next())
  await served.close()
  const closedAt = performance.now()
  const error = await next
  expect(error).toBeInstanceOf(UnavailableError)
  expect(error.message).toMatch(/cannot reach the stockdb server at http.*: .*ECONNREFUSED/)
  expect(performance.now() - closedAt).toBeLessThan(5_000)
})

it('a subscription to an unreachable server fails like any call', async () => {
  const served = await serveHere()
  const db = await connect(served.url, { retries: 1 })
  await served.close()
  expect(await failureOf(db.ops.watch().next())).toMatchObject({ code: 'UNREACHABLE' })
})

it('a subscription ends when its signal fires', async () => {
  const served = await serveHere()
  const db = await connect(served.url)
  const leave = new AbortController()
  const watch = db.ops.watch({ signal: leave.signal })
  await watch.next()
  const next = failureOf(watch.next())
  leave.abort()
  expect(await next).toBeInstanceOf(CancelledError)
  await expect.poll(() => served.admission.subscriptions, { timeout: 500 }).toBe(0)
})

it('a refused subscription throws and is not retried', async () => {
  const server = await serveBadly((response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    const data = { code: 'FORBIDDEN', httpStatus: 403, retryable: false, requestId: 'r-7' }
    response.end(
      `event: connected\ndata: {}\n\nevent: serialized-error\ndata: ${JSON.stringify({ message: 'no', code: -32003, data })}\n\n`,
    )
  })
  const error = await failureOf((await connect(server.url)).ops.watch().next())
  expect(error).toBeInstanceOf(ForbiddenError)
  expect(error.requestId).toBe('r-7')
  expect(server.requests).toHaveLength(1)
})

const EVENTS = { 'content-type': 'text/event-stream; charset=utf-8' }
const CONNECTED = 'event: connected\ndata: {}\n\n'

/** Runs timers 25 times as fast, which still leaves sockets enough time. */
async function untilFast(reached: () => boolean): Promise<void> {
  for (let step = 0; !reached() && step < 1_000; step++) {
    await sleep(20)
    await vi.advanceTimersByTimeAsync(500)
  }
  expect(reached()).toBe(true)
}

function fastTimers(): void {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  onTestFinished(() => void vi.useRealTimers())
}

/** The outcome of a call under fast timers. */
async function fast<Result>(call: Promise<Result>): Promise<Result> {
  let ended = false
  const end = (): void => {
    ended = true
  }
  call.then(end, end)
  await untilFast(() => ended)
  return call
}

it('a silent connection is replaced by another one', async () => {
  const server = await serveBadly((response, attempt) => {
    response.writeHead(200, EVENTS)
    response.write(CONNECTED)
    if (attempt > 1) response.write(`id: 7\ndata: {"at":"late"}\n\n`)
  })
  const db = await connect(server.url, { retries: 1 })
  fastTimers()
  expect((await fast(db.ops.watch().next())).value).toEqual({ at: 'late' })
  expect(server.requests).toHaveLength(2)
  await vi.waitFor(() => expect(server.sockets.size).toBeLessThan(3))
})

it.each([
  ['cuts every connection', '', 'the subscription was cut'],
  ['fails on every connection', JSON.stringify({ message: 'gone', data: { code: 'DATABASE_UNAVAILABLE' } }), 'gone'],
])('a server that %s is retried as often as any other, and never without a pause', async (_how, error, message) => {
  const server = await serveBadly((response) => {
    response.writeHead(200, EVENTS)
    response.end(CONNECTED + (error && `event: serialized-error\ndata: ${error}\n\n`))
  })
  const failure = await failureOf((await connect(server.url, { retries: 3 })).ops.watch().next())
  expect(failure.message).toContain(message)
  expect(server.requests).toHaveLength(4)
})

it('a server that cuts every connection after one event is given up at the timeout', async () => {
  const server = await serveBadly((response, attempt) => {
    response.writeHead(200, EVENTS)
    response.end(CONNECTED + (attempt === 1 ? 'id: 1\ndata: {"at":"1"}\n\n' : ''))
  })
  const watch = (await connect(server.url)).ops.watch({ timeoutMs: 60_000 })
  await watch.next()
  fastTimers()
  const failure = await fast(failureOf(watch.next()))
  expect(failure.code).toBe('UNREACHABLE')
  // After 0.1 s, 0.2 s, 0.4 s … 10 s, with jitter.
  expect(server.requests.length).toBeGreaterThan(8)
  expect(server.requests.length).toBeLessThan(25)
})

it('an overloaded server is retried when it says so, and more often than a failing one', async () => {
  const server = await serveBadly((response) => {
    response.setHeader('retry-after', '1')
    sendError(response, 503, 'OVERLOADED', 'full')
  })
  const startedAt = performance.now()
  const failure = await failureOf((await connect(server.url, { retries: 1 })).ops.watch().next())
  expect(performance.now() - startedAt).toBeGreaterThan(3_900)
  expect(failure).toBeInstanceOf(OverloadedError)
  expect(failure.message).toBe('full (request r-1)')
  expect(server.requests).toHaveLength(5)
})

it('an overloaded server takes no retry away from a cut connection', async () => {
  const server = await serveBadly((response, attempt) => {
    if (attempt <= 2) return sendError(response, 503, 'OVERLOADED', 'full')
    response.writeHead(200, EVENTS)
    if (attempt === 3) response.end(CONNECTED)
    else response.write(`${CONNECTED}id: 7\ndata: {"at":"7"}\n\n`)
  })
  const db = await connect(server.url, { retries: 1 })
  expect((await take(db.ops.watch(), 1)).map(({ at }) => at)).toEqual(['7'])
})

it('events without an id, and unknown ones, do not end a subscription', async () => {
  const server = await serveBadly((response, attempt) => {
    response.writeHead(200, EVENTS)
    if (attempt === 1)
      response.end(`${CONNECTED}id: 5\ndata: {"at":"5"}\n\nevent: restore-id\ndata: x\n\ndata: {"at":"6"}\n\n`)
    else response.write(`${CONNECTED}id: 7\ndata: {"at":"7"}\n\n`)
  })
  const samples = await take((await connect(server.url)).ops.watch(), 3)
  expect(samples.map(({ at }) => at)).toEqual(['5', '6', '7'])
})

it('a caller that has left receives none of the buffered events', async () => {
  const events = Array.from({ length: 300 }, (_, index) => `id: ${index}\ndata: {"at":"${index}"}\n\n`)
  const server = await serveBadly((response) => {
    response.writeHead(200, EVENTS)
    response.write(CONNECTED + events.join(''))
  })
  const leave = new AbortController()
  let seen = 0
  const reading = (async () => {
    for await (const _ of (await connect(server.url)).ops.watch({ signal: leave.signal }))
      if (++seen === 3) leave.abort()
  })()
  expect(await failureOf(reading)).toBeInstanceOf(CancelledError)
  expect(seen).toBe(3)
})

it('a subscription can be left at once, even while waiting for the next event', async () => {
  const server = await serveBadly((response) => {
    response.writeHead(200, EVENTS)
    response.write(CONNECTED)
  })
  const watch = (await connect(server.url)).ops.watch({ timeoutMs: Number.POSITIVE_INFINITY })
  const next = watch.next()
  await expect.poll(() => server.requests.length).toBe(1)
  expect(await watch.return()).toEqual({ done: true, value: undefined })
  expect(await next).toEqual({ done: true, value: undefined })
  expect(await watch.next()).toEqual({ done: true, value: undefined })
  await expect.poll(() => [...server.sockets].filter((socket) => socket.bytesWritten > 1_000)).toEqual([])
})

it('an endless response of another type is not read to its end', async () => {
  const server = await serveBadly((response) => {
    response.writeHead(200, { 'content-type': 'text/html' })
    const more = setInterval(() => response.write('x'.repeat(100_000)), 1)
    response.on('close', () => clearInterval(more))
  })
  const failure = await failureOf((await connect(server.url, { retries: 0 })).ops.watch().next())
  expect(failure.message).toBe('the response is not from a stockdb server (HTTP 200, text/html)')
})

it('the plain tRPC client subscribes too', async () => {
  const served = await serveHere()
  const db = await connect(served.url)
  const seen: string[] = []
  const ended = new Promise<void>((resolve, reject) => {
    const subscription = db.trpc.ops.watch.subscribe(undefined, {
      onStarted: () => seen.push('started'),
      onData: ({ id, data }) => {
        expect(id).toBe(data.at)
        if (seen.push(data.database) < 3) return
        subscription.unsubscribe()
        resolve()
      },
      onError: reject,
    })
  })
  await ended
  expect(seen).toEqual(['started', 'ok', 'ok'])
  await expect.poll(() => served.admission.subscriptions, { timeout: 500 }).toBe(0)
})

it('the plain tRPC client receives the error of a subscription', async () => {
  const served = await serveHere()
  const db = await connect(served.url)
  const error = await new Promise<unknown>((resolve) => {
    db.trpc.ops.watch.subscribe({ lastEventId: 'yesterday' }, { onError: resolve })
  })
  expect((error as Error).cause).toBeInstanceOf(StockdbError)
  expect((error as Error).message).toContain('lastEventId: got "yesterday"; expected the id of an event')
})

it('the plain tRPC client receives our error code, as for any call', async () => {
  const server = await serveBadly((response) => sendError(response, 403, 'FORBIDDEN'))
  const db = await connect(server.url)
  const error = await new Promise<unknown>((resolve) => {
    db.trpc.ops.watch.subscribe(undefined, { onError: resolve })
  })
  expect(error).toMatchObject({
    message: 'no good (request r-1)',
    data: { code: 'FORBIDDEN', httpStatus: 403, requestId: 'r-1' },
  })
})

it('a handler of the plain tRPC client that throws ends its subscription', async () => {
  const served = await serveHere()
  const db = await connect(served.url)
  const error = await new Promise<unknown>((resolve) => {
    db.trpc.ops.watch.subscribe(undefined, {
      onStarted: () => {
        throw new Error('mine')
      },
      onError: resolve,
    })
  })
  expect(String(error)).toContain('mine')
  await expect.poll(() => served.admission.subscriptions, { timeout: 500 }).toBe(0)
})
