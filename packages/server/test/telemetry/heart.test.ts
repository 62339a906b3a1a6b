import type { MemorySample, Pulse } from '@stockdb/contract/wire'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { Heart } from '../../src/telemetry/heart.ts'
import { Tallies } from '../../src/telemetry/tallies.ts'

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
let database: Pulse['database'] = 'ok'
let pingMs = 0
function makeHeart(): Heart {
  asked = 0
  database = 'ok'
  pingMs = 0
  const databaseState = async (): Promise<Pulse['database']> => {
    asked++
    const state = database
    if (pingMs > 0) await new Promise((resolve) => setTimeout(resolve, pingMs))
    return state
  }
  return new Heart({ tallies: new Tallies(), sample: () => sample, waiting: () => 0, databaseState })
}

/** Follows until it is told to stop, and keeps what came. */
function follow(heart: Heart, after?: string) {
  const pulses: Pulse[] = []
  const left = new AbortController()
  const pass = async (): Promise<void> => {
    for await (const pulse of heart.follow(after, left.signal)) pulses.push(pulse)
  }
  const ended = pass().catch((error: unknown) => error)
  return {
    pulses,
    times: () => pulses.map(({ at }) => at.slice(14, 19)),
    stop: async () => {
      left.abort(new Error('left'))
      return ended
    },
  }
}

const pass = (seconds: number) => vi.advanceTimersByTimeAsync(seconds * 1_000)

it('a heart beats once a second for all who follow', async () => {
  const heart = makeHeart()
  const one = follow(heart)
  await pass(2.5)
  const other = follow(heart)
  await pass(1)
  expect(one.times()).toEqual(['00:00', '00:01', '00:02', '00:03'])
  expect(other.times()).toEqual(['00:02', '00:03'])
  expect([...one.pulses, ...other.pulses].every(({ complete }) => complete)).toBe(true)
  expect(String(await one.stop())).toBe('Error: left')
  await other.stop()
})

it('a heart that nobody follows stands still, and asks the database nothing', async () => {
  const heart = makeHeart()
  await pass(60)
  expect(asked).toBe(0)
  const one = follow(heart)
  await pass(1)
  await one.stop()
  expect(vi.getTimerCount()).toBe(1)
  await pass(310)
  expect(vi.getTimerCount()).toBe(0)
  expect(asked).toBeLessThan(310)
})

it('who comes back within five minutes misses nothing', async () => {
  const heart = makeHeart()
  const one = follow(heart)
  await pass(1)
  await one.stop()
  await pass(200)
  const again = follow(heart, one.pulses.at(-1)?.at)
  await pass(0)
  expect(again.pulses).toHaveLength(200)
  expect(again.pulses.every(({ complete }) => complete)).toBe(true)
  expect(again.times()[0]).toBe('00:02')
  await again.stop()
})

it.each([
  ['who comes back after more than is remembered', '2024-01-02T00:00:01.000Z', 300],
  ['who followed another heart before this one', '2024-01-01T23:59:00.000Z', 300],
  ['who followed another heart whose clock was ahead', '2024-01-02T09:00:00.000Z', 1],
])('%s is told that something is missing, once', async (_who, after, count) => {
  const heart = makeHeart()
  const one = follow(heart)
  await pass(320)
  const other = follow(heart, after)
  await pass(0)
  expect(other.pulses.map(({ complete }) => complete)).toEqual([false, ...Array(count - 1).fill(true)])
  await pass(1)
  expect(other.pulses.at(-1)?.complete).toBe(true)
  await one.stop()
  await other.stop()
})

it('a follower who takes nothing for longer than is remembered is told what it missed', async () => {
  const heart = makeHeart()
  const slow = heart.follow(undefined, new AbortController().signal)
  const first = slow.next()
  await pass(0)
  expect((await first).value?.complete).toBe(true)
  await pass(400)
  const second = await slow.next()
  expect(second.value).toMatchObject({ complete: false, at: '2024-01-02T00:01:41.000Z' })
  await slow.return()
})

it('times go on when the clock is set back', async () => {
  const heart = makeHeart()
  const one = follow(heart)
  await pass(1)
  vi.setSystemTime(Date.parse('2024-01-01T23:00:00.000Z'))
  await pass(2)
  const ats = one.pulses.map(({ at }) => at)
  expect(ats).toEqual(ats.toSorted())
  expect(new Set(ats).size).toBe(4)
  await one.stop()
})

it('a database that goes and comes is told', async () => {
  const heart = makeHeart()
  const one = follow(heart)
  await pass(1)
  database = 'unavailable'
  await pass(2)
  database = 'ok'
  await pass(2)
  expect(one.pulses.map((pulse) => pulse.database)).toEqual(['ok', 'ok', 'ok', 'unavailable', 'unavailable', 'ok'])
  await one.stop()
})

it('a heart asks the database before its first beat, however long that takes, and then beats once a second', async () => {
  const heart = makeHeart()
  database = 'unavailable'
  pingMs = 2_000
  const one = follow(heart)
  await pass(1.9)
  expect(one.pulses).toEqual([])
  await pass(2.2)
  expect(one.times()).toEqual(['00:02', '00:03', '00:04'])
  expect(one.pulses.every((pulse) => pulse.database === 'unavailable' && pulse.complete)).toBe(true)
  await one.stop()
})

it('a heart that begins anew after a pause knows nothing of before, and nothing of the database as it was', async () => {
  const heart = makeHeart()
  const one = follow(heart)
  await pass(2)
  await one.stop()
  await pass(400)
  database = 'unavailable'
  const other = follow(heart, one.pulses.at(-1)?.at)
  await pass(1)
  expect(other.pulses.map((pulse) => [pulse.complete, pulse.database])).toEqual([
    [false, 'unavailable'],
    [true, 'unavailable'],
  ])
  await other.stop()
})

it('a follower who is behind is given no more once its signal fired', async () => {
  const heart = makeHeart()
  const left = new AbortController()
  const slow = heart.follow(undefined, left.signal)
  const first = slow.next()
  await pass(5)
  await first
  await slow.next()
  left.abort(new Error('revoked'))
  await expect(slow.next()).rejects.toThrow('revoked')
  await expect(heart.follow(undefined, left.signal).next()).rejects.toThrow('revoked')
})

it('a heart that is stopped while it asks the database never beats', async () => {
  const heart = makeHeart()
  pingMs = 1_000
  const one = follow(heart)
  await pass(0.5)
  heart.stop()
  await pass(10)
  expect(one.pulses).toEqual([])
  expect(vi.getTimerCount()).toBe(0)
  await one.stop()
})
