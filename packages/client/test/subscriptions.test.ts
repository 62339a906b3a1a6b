import { setTimeout as sleep } from 'node:timers/promises'
import { CancelledError, connect, ForbiddenError, StockdbError, UnavailableError } from '@stockdb/client'
import type { Pulse } from '@stockdb/contract'
import { createLog, start } from '@stockdb/server'
import { expect, it, onTestFinished, vi } from 'vitest'
import { serveBadly } from './support/bad-server.ts'
import { cutTheWayTo } from './support/cutting-proxy.ts'
import { failureOf } from './support/failure-of.ts'
import { serveHere } from './support/served.ts'

/** The next so many pulses, after which the subscription is left. */
async function take(pulses: AsyncIterable<Pulse>, count: number): Promise<Pulse[]> {
  const taken: Pulse[] = []
  for await (const pulse of pulses) if (taken.push(pulse) === count) break
  return taken
}

/** Expects pulses to come once a second, as one heart has them: none missing, none twice. */
function expectUnbroken(pulses: readonly Pulse[]): void {
  for (const [index, { at, complete }] of pulses.entries()) {
    const before = pulses[index - 1]
    if (!before) continue
    expect(complete).toBe(true)
    // Beats of a loaded machine are late now and then; two that follow each other are never two seconds apart.
    expect(Date.parse(at) - Date.parse(before.at)).toBeGreaterThan(0)
    expect(Date.parse(at) - Date.parse(before.at)).toBeLessThan(1_900)
  }
}

it.each([
  ['undici', undefined],
  ['fetch', globalThis.fetch],
])('a subscription by %s tells at once, and then every second, until it is left', async (_by, fetch) => {
  const served = await serveHere()
  const db = await connect(served.url, { fetch })
  const startedAt = performance.now()
  const watch = db.ops.watch()
  const { value } = await watch.next()
  expect(performance.now() - startedAt).toBeLessThan(900)
  expect(value).toMatchObject({ database: 'ok', complete: true, callsInFlight: 1 })
  expect(value?.rss).toBeGreaterThan(10_000_000)
  expectUnbroken([...(value ? [value] : []), ...(await take(watch, 2))])
  await expect.poll(() => served.admission.subscriptions, { timeout: 500 }).toBe(0)
})

it('a subscription that is cut goes on after the last event that came, wherever it is cut', async () => {
  const served = await serveHere()
  const proxy = await cutTheWayTo(served.url)
  const db = await connect(proxy.url)
  const watch = db.ops.watch()
  const pulses: Pulse[] = []
  // In the middle of the head, of the first event, of a later one; an event has about 350 bytes.
  for (const bytes of [90, 500, 700, 1_000]) {
    proxy.cut(bytes)
    for (let count = 0; count < 2; count++) {
      const { value } = await watch.next()
      if (value) pulses.push(value)
    }
  }
  await watch.return()
  expect(pulses).toHaveLength(8)
  expectUnbroken(pulses)
})

it('a subscription goes on when its server starts anew, and says that something is missing', async () => {
  const served = await serveHere()
  const db = await connect(served.url)
  const watch = db.ops.watch()
  const [before] = [await watch.next(), await watch.next()]
  expect(before.value?.complete).toBe(true)
  const { port } = new URL(served.url)
  const next = watch.next()
  await served.close()
  await sleep(500)
  const again = await start({ database: 'sqlite::memory:', port: Number(port), log: createLog('silent') })
  onTestFinished(() => again.close())
  const after = await next
  expect(after.value?.complete).toBe(false)
  expect((await watch.next()).value?.complete).toBe(true)
  await watch.return()
})

it('a subscription to a server that does not come back fails with the reason, within its time limit', async () => {
  const served = await serveHere()
  const db = await connect(served.url)
  const watch = db.ops.watch({ timeoutMs: 1_500 })
  await watch.next()
  const next = failureOf(watch.next())
  await served.close()
  const closedAt = performance.now()
  const error = await next
  expect(error).toBeInstanceOf(UnavailableError)
  expect(error.message).toMatch(/the stockdb server can not be reached|the server is stopping/)
  expect(performance.now() - closedAt).toBeLessThan(3_000)
})

it('a subscription to nobody fails as any call does', async () => {
  const served = await serveHere()
  const db = await connect(served.url, { retries: 1 })
  await served.close()
  expect(await failureOf(db.ops.watch().next())).toMatchObject({ code: 'UNREACHABLE' })
})

it('a subscription ends with the signal of its caller', async () => {
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

it('what is refused is thrown, and not asked for again', async () => {
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

it('a connection on which nothing is heard is left for another one', { timeout: 30_000 }, async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  onTestFinished(() => void vi.useRealTimers())
  const server = await serveBadly((response, attempt) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write('event: connected\ndata: {}\n\n')
    if (attempt > 1) response.write(`id: 7\ndata: {"at":"late"}\n\n`)
  })
  const db = await connect(server.url)
  const next = db.ops.watch().next()
  await expect.poll(() => server.requests.length).toBe(1)
  await vi.advanceTimersByTimeAsync(14_000)
  expect(server.requests).toHaveLength(1)
  await vi.advanceTimersByTimeAsync(2_000)
  expect((await next).value).toEqual({ at: 'late' })
  expect(server.requests).toHaveLength(2)
})

it('a server that cuts every connection is not asked without a pause', async () => {
  const server = await serveBadly((response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.end('event: connected\ndata: {}\n\n')
  })
  const error = await failureOf((await connect(server.url)).ops.watch({ timeoutMs: 1_000 }).next())
  expect(error).toMatchObject({ code: 'UNREACHABLE', message: 'the connection of the subscription was cut' })
  expect(server.requests.length).toBeGreaterThan(1)
  expect(server.requests.length).toBeLessThan(8)
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

it('the plain tRPC client is told what a subscription fails with', async () => {
  const served = await serveHere()
  const db = await connect(served.url)
  const error = await new Promise<unknown>((resolve) => {
    db.trpc.ops.watch.subscribe({ lastEventId: 'yesterday' }, { onError: resolve })
  })
  expect((error as Error).cause).toBeInstanceOf(StockdbError)
  expect((error as Error).message).toContain('lastEventId: got "yesterday"; expected the id of an event')
})
