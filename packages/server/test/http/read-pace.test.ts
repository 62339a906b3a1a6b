import type { Socket } from 'node:net'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { ReadPace } from '../../src/http/read-pace.ts'

const RATE = 1_000
const WINDOW_MS = 1_200

beforeEach(() => void vi.useFakeTimers({ toFake: ['performance', 'setInterval', 'clearInterval'] }))
afterEach(() => void vi.useRealTimers())

/** A connection as far as it is looked at: so much waits, and of so much that was written. */
function paced() {
  const socket = { destroyed: false, writableLength: 0, bytesWritten: 0 }
  const call = { socket: socket as unknown as Socket, carrier: socket as unknown as Socket, subscription: false }
  const slow: number[] = []
  let sent = 0
  const pace = new ReadPace({
    minReadBytes: RATE,
    readWindowMs: WINDOW_MS,
    calls: [call],
    onSlow: () => void slow.push(performance.now()),
  })
  /** For so long the reader takes so many bytes a second, while so many wait. */
  const go = (ms: number, rate: number, waiting: number): void => {
    for (let at = 0; at < ms; at += 100) {
      sent += rate / 10
      socket.writableLength = waiting
      socket.bytesWritten = sent + waiting
      vi.advanceTimersByTime(100)
    }
  }
  return { go, slow, stop: () => pace.stop() }
}

it('time in which nothing waits for the reader does not count: a slow database makes nobody slow', () => {
  const { go, slow, stop } = paced()
  go(10_000, 0, 0)
  for (let round = 0; round < 10; round++) {
    go(1_000, 0, 500)
    go(500, 10_000, 0)
    go(200, 40_000, 500)
  }
  expect(slow).toEqual([])
  go(1_400, 500, 500)
  expect(slow.length).toBeGreaterThan(0)
  stop()
})

it('who was fast once is slow within the window, and the average counts, not each moment', () => {
  const { go, slow, stop } = paced()
  go(5_000, 1_000_000, 500)
  for (let round = 0; round < 20; round++) {
    go(500, 0, 500)
    go(100, 12_000, 500)
  }
  expect(slow).toEqual([])
  go(2_500, 0, 500)
  expect(slow.length).toBeGreaterThan(0)
  stop()
})
