import type { MemorySample, ServerStatus } from '@stockdb/contract/wire'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { StatsRegistry } from '../../src/telemetry/call-stats.ts'
import { StatusFeed } from '../../src/telemetry/status-feed.ts'

const sample: MemorySample = {
  at: '',
  rss: 1,
  heapUsed: 2,
  heapTotal: 3,
  external: 4,
  arrayBuffers: 5,
  callsInFlight: 6,
  bytesInFlight: 7,
}

beforeEach(() => {
  vi.useFakeTimers({ now: Date.parse('2024-01-02T00:00:00.000Z') })
})
afterEach(() => {
  vi.useRealTimers()
})

let asked = 0
let database: ServerStatus['database'] = 'ok'
let pingMs = 0
function makeFeed(): StatusFeed {
  asked = 0
  database = 'ok'
  pingMs = 0
  const databaseState = async (): Promise<ServerStatus['database']> => {
    asked++
    const state = database
    if (pingMs > 0) await new Promise((resolve) => setTimeout(resolve, pingMs))
    return state
  }
  return new StatusFeed({ callStats: new StatsRegistry(), sample: () => sample, waiting: () => 0, databaseState })
}

/** Follows the feed until stopped, and keeps the samples. */
function subscribe(feed: StatusFeed, after?: string) {
  const samples: ServerStatus[] = []
  const left = new AbortController()
  const pass = async (): Promise<void> => {
    for await (const sample of feed.subscribe(after, left.signal)) samples.push(sample)
  }
  const ended = pass().catch((error: unknown) => error)
  return {
    samples,
    times: () => samples.map(({ at }) => at.slice(14, 19)),
    stop: async () => {
      left.abort(new Error('left'))
      return ended
    },
  }
}

const pass = (seconds: number) => vi.advanceTimersByTimeAsync(seconds * 1_000)

it('samples once a second for all subscribers', async () => {
  const feed = makeFeed()
  const one = subscribe(feed)
  await pass(2.5)
  const other = subscribe(feed)
  await pass(1)
  expect(one.times()).toEqual(['00:00', '00:01', '00:02', '00:03'])
  expect(other.times()).toEqual(['00:02', '00:03'])
  expect([...one.samples, ...other.samples].every(({ complete }) => complete)).toBe(true)
  expect(String(await one.stop())).toBe('Error: left')
  await other.stop()
})

it('without subscribers it stops, and does not query the database', async () => {
  const feed = makeFeed()
  await pass(60)
  expect(asked).toBe(0)
  const one = subscribe(feed)
  await pass(1)
  await one.stop()
  expect(vi.getTimerCount()).toBe(1)
  await pass(310)
  expect(vi.getTimerCount()).toBe(0)
  expect(asked).toBeLessThan(310)
})

it('a subscriber that returns within five minutes misses nothing', async () => {
  const feed = makeFeed()
  const one = subscribe(feed)
  await pass(1)
  await one.stop()
  await pass(200)
  const again = subscribe(feed, one.samples.at(-1)?.at)
  await pass(0)
  expect(again.samples).toHaveLength(200)
  expect(again.samples.every(({ complete }) => complete)).toBe(true)
  expect(again.times()[0]).toBe('00:02')
  await again.stop()
})

it.each([
  ['a subscriber that returns after the buffered period', '2024-01-02T00:00:01.000Z', 300],
  ['a subscriber of an earlier feed', '2024-01-01T23:59:00.000Z', 300],
  ['a subscriber of an earlier feed whose clock was ahead', '2024-01-02T09:00:00.000Z', 1],
])('%s is told once that samples are missing', async (_who, after, count) => {
  const feed = makeFeed()
  const one = subscribe(feed)
  await pass(320)
  const other = subscribe(feed, after)
  await pass(0)
  expect(other.samples.map(({ complete }) => complete)).toEqual([false, ...Array(count - 1).fill(true)])
  await pass(1)
  expect(other.samples.at(-1)?.complete).toBe(true)
  await one.stop()
  await other.stop()
})

it('a subscriber that falls behind the buffer learns that its samples are incomplete', async () => {
  const feed = makeFeed()
  const slow = feed.subscribe(undefined, new AbortController().signal)
  const first = slow.next()
  await pass(0)
  expect((await first).value?.complete).toBe(true)
  await pass(400)
  const second = await slow.next()
  expect(second.value).toMatchObject({ complete: false, at: '2024-01-02T00:01:41.000Z' })
  await slow.return()
})

it('timestamps increase even if the clock is set back', async () => {
  const feed = makeFeed()
  const one = subscribe(feed)
  await pass(1)
  vi.setSystemTime(Date.parse('2024-01-01T23:00:00.000Z'))
  await pass(2)
  const ats = one.samples.map(({ at }) => at)
  expect(ats).toEqual(ats.toSorted())
  expect(new Set(ats).size).toBe(4)
  await one.stop()
})

it('reports when the database disappears and returns', async () => {
  const feed = makeFeed()
  const one = subscribe(feed)
  await pass(1)
  database = 'unavailable'
  await pass(2)
  database = 'ok'
  await pass(2)
  expect(one.samples.map((sample) => sample.database)).toEqual(['ok', 'ok', 'ok', 'unavailable', 'unavailable', 'ok'])
  await one.stop()
})

it('queries the database before the first sample, however long it takes, then samples once a second', async () => {
  const feed = makeFeed()
  database = 'unavailable'
  pingMs = 2_000
  const one = subscribe(feed)
  await pass(1.9)
  expect(one.samples).toEqual([])
  await pass(2.2)
  expect(one.times()).toEqual(['00:02', '00:03', '00:04'])
  expect(one.samples.every((sample) => sample.database === 'unavailable' && sample.complete)).toBe(true)
  await one.stop()
})

it('a feed that restarts after a pause has forgotten the samples and the database state from before', async () => {
  const feed = makeFeed()
  const one = subscribe(feed)
  await pass(2)
  await one.stop()
  await pass(400)
  database = 'unavailable'
  const other = subscribe(feed, one.samples.at(-1)?.at)
  await pass(1)
  expect(other.samples.map((sample) => [sample.complete, sample.database])).toEqual([
    [false, 'unavailable'],
    [true, 'unavailable'],
  ])
  await other.stop()
})

it('a subscriber that is behind receives nothing after its signal fired', async () => {
  const feed = makeFeed()
  const left = new AbortController()
  const slow = feed.subscribe(undefined, left.signal)
  const first = slow.next()
  await pass(5)
  await first
  await slow.next()
  left.abort(new Error('revoked'))
  await expect(slow.next()).rejects.toThrow('revoked')
  await expect(feed.subscribe(undefined, left.signal).next()).rejects.toThrow('revoked')
})

it('a feed that is stopped while it queries the database never samples', async () => {
  const feed = makeFeed()
  pingMs = 1_000
  const one = subscribe(feed)
  await pass(0.5)
  feed.stop()
  await pass(10)
  expect(one.samples).toEqual([])
  expect(vi.getTimerCount()).toBe(0)
  await one.stop()
})
