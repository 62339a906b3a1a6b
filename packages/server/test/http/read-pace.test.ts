import type { Socket } from 'node:net'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { ReadPace } from '../../src/http/read-pace.ts'

const RATE = 1_000
const WINDOW_MS = 1_200

beforeEach(() => void vi.useFakeTimers({ toFake: ['performance', 'setInterval', 'clearInterval'] }))
afterEach(() => void vi.useRealTimers())

/** The observed part of a connection: bytes waiting, and bytes written. */
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
  /** Simulates a reader at a given rate for a given time, with a given backlog. */
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

it('time without a backlog does not count: a slow database does not make a reader slow', () => {
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

it('a reader that was fast becomes slow within the window, by its average rate', () => {
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
